import { describe } from 'vitest';
import { testTargets } from './targets.test.support.ts';

describe("moves maps and boxes as torchvision's v2 transforms do", testTargets);
