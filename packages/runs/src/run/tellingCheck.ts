import { UnderstoryError } from '@understory/core';

/** Training meets images that cannot be read a batch at a time: the error then says what finds all of them. Other errors stay as they are. */
export const tellingCheck = (error: unknown): unknown =>
  error instanceof UnderstoryError && error.code === 'bad-image'
    ? new UnderstoryError(
        error.code,
        `${error.message} All such images are listed at once by: understory data check <config>`,
        { cause: error },
      )
    : error;
