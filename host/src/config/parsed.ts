/** The outcome of reading one written value: the value, or what is wrong with it and what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly advice: string };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** Both texts are halves of one line shown to the admin: `message; advice`. */
export function refuse(message: string, advice: string): { ok: false; message: string; advice: string } {
  return { ok: false, message, advice };
}
