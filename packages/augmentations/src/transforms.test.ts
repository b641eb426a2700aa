import { describe } from 'vitest';
import { testTransforms } from './transforms.test.support.ts';

describe('equals torchvision on 8-bit pictures', testTransforms);
