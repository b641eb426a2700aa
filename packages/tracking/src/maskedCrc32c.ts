import { crc32c } from '@understory/core';

/** The form that record files store, so that a checksum of data that holds checksums stays a good one. */
export const maskedCrc32c = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};
