import { describe } from 'vitest';
import { testDetection } from './detectionGolden.test.support.ts';

describe("equals torchvision's transforms for detection", testDetection);
