/** Tests of tfjs-core's suite that fail on the engine, by reason. What else fails is a fault; one of these that passes leaves the list. */
export const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  "TensorFlow's sign of NaN is NaN, so that a broken number is seen; tfjs's other backends say 0": [
    'sign tensorflow {} basic',
    'sign tensorflow {} does not propagate NaNs',
    'sign tensorflow {} accepts a tensor-like object',
  ],
  'TensorFlow keeps NaN where tfjs passes over it': [
    'maxPoolWithArgmax tensorflow {} [x=[1,3,3,1] f=[2,2] s=1 ignores NaNs',
    'unique tensorflow {} 1d tensor with NaN and Infinity',
  ],
  'The last digit of a tangent of 30,144 differs': ['tan tensorflow {} numbers exceed float32 precision'],
  'TensorFlow computes a trace, which the test expects to be refused': [
    'einsum tensorflow {} 2d matrix calculate trace: duplicate axes not implemented yet',
  ],
  'tfjs divides by the whole window around a padded border, which is not the gradient of its average': [
    'avgPool tensorflow {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit',
  ],
  'Convolutions with gaps have a gradient here, which the test expects to be refused': [
    'depthwiseConv2d gradients tensorflow {} throws error on dilations > 1',
  ],
  'The map that the test asks for would not come from an input of its size, so TensorFlow refuses it': [
    'conv2dTranspose tensorflow {} input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4',
  ],
};
