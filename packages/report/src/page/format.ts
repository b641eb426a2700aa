/** A space that keeps a number and its unit together. */
const NARROW = '\u202f';

/** A fraction as percent: `67.6 %`. */
export const percent = (fraction: number, digits = 1): string =>
  Number.isFinite(fraction * 100) ? `${(fraction * 100).toFixed(digits)}${NARROW}%` : '–';

/** A difference of two fractions in percentage points, without its sign. */
export const points = (difference: number): string =>
  Number.isFinite(difference * 100) ? Math.abs(difference * 100).toFixed(1) : '–';

export const whole = (value: number): string =>
  Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–';

/** Three significant digits, for axes and tips. */
export const short = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1).replace('e+', 'e');
  return String(Number(value.toPrecision(3)));
};

/** A tick of an axis: round numbers, all of whose digits are told, so that no two ticks read the same. */
export const tickText = (value: number): string => {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5))
    return Number(value.toPrecision(12)).toExponential().replace('e+', 'e');
  return String(Number(value.toPrecision(12)));
};

/** A tick of an axis of shares: `60 %`, `62.5 %`. */
export const percentTick = (fraction: number): string => `${tickText(fraction * 100)}${NARROW}%`;

export const duration = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 9.95) return `${seconds.toFixed(1)}${NARROW}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${NARROW}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}${NARROW}min ${whole % 60}${NARROW}s`;
  return `${Math.floor(minutes / 60)}${NARROW}h ${minutes % 60}${NARROW}min`;
};

/** `23 November 2026`; the text itself where it is no date. */
export const day = (iso: string): string => {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
};

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `a`, `a and b`, `a, b and c`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten'];
export const spelled = (n: number): string => NUMBERS[n] ?? String(n);
