/** Why a knob of KSM cannot be set, and what to do about it. */
export type KsmWriteCode = "KSM_INVALID" | "KSM_BUSY" | "KSM_DENIED" | "KSM_MISSING" | "KSM_FAILED";

export class KsmWriteError extends Error {
  readonly code: KsmWriteCode;
  /** The file's name. */
  readonly knob: string;

  constructor(knob: string, value: string, cause: unknown) {
    const { code, text } = explain(knob, cause);
    super(`KSM's ${knob} does not take ${value}: ${text}`, { cause });
    this.name = "KsmWriteError";
    this.code = code;
    this.knob = knob;
  }
}

function explain(knob: string, cause: unknown): { code: KsmWriteCode; text: string } {
  const errno = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (errno) {
    case "EINVAL":
      return { code: "KSM_INVALID", text: INVALID[knob] ?? "the kernel refuses the value" };
    case "EBUSY":
      return {
        code: "KSM_BUSY",
        text: "pages are merged; take them apart first with ballast ksm unmerge",
      };
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return { code: "KSM_DENIED", text: "no permission; run ballastd as root, outside of a container" };
    case "ENOENT":
      return { code: "KSM_MISSING", text: "this kernel has no such knob" };
    default:
      return { code: "KSM_FAILED", text: cause instanceof Error ? cause.message : String(cause) };
  }
}

const INVALID: Readonly<Record<string, string>> = {
  pages_to_scan: "the kernel's advisor sets it; write none to advisor_mode first, or use ksm.mode advisor",
  run: "the kernel knows 0, 1 and 2 only",
};
