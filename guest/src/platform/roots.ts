/** Where the kernel's files are; hidden options, so that a recorded tree can be looked at. */
export interface Roots {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly devRoot: string;
}
