/** Where the running program lies in memory: made-up headers, and those of this process. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type OwnProgram, parseAuxv, sealedPages } from "../../../../guest/src/native/own-program.ts";
import { auxvOf, headersOf } from "../../../fakes/own-program.ts";

const PROGRAM: OwnProgram = { headers: { startAddress: 0x400040, lengthBytes: 112 }, pageBytes: 4096 };

describe("the auxiliary vector", () => {
  it("tells where the program's headers are, and how large pages are", () => {
    expect(parseAuxv(auxvOf({ 3: 0x400040, 6: 4096, 5: 2, 33: 0x7fff_0000 }))).toEqual(PROGRAM);
  });

  it.each([
    ["headers", { 6: 4096, 5: 2 }],
    ["page size", { 3: 0x400040, 5: 2 }],
    ["anything", {}],
  ])("tells nothing without %s", (_, entries) => {
    expect(parseAuxv(auxvOf(entries))).toBeUndefined();
  });

  it("may be cut short", () => {
    expect(parseAuxv(auxvOf({ 3: 0x400040, 6: 4096, 5: 2 }).subarray(0, 30))).toBeUndefined();
  });

  it("is understood as this kernel writes it", () => {
    const program = parseAuxv(readFileSync("/proc/self/auxv"));
    expect(program?.headers.startAddress).toBeGreaterThan(0);
    expect(program?.pageBytes).toBeGreaterThanOrEqual(4096);
  });
});

describe("the pages that the dynamic linker makes read-only", () => {
  it("are where the headers say in a program that is loaded where it was linked", () => {
    const headers = headersOf([6, 0x400040, 112], [0x6474e552, 0x6000e0, 0x1f20]);
    expect(sealedPages(headers, PROGRAM)).toEqual({ startAddress: 0x6000e0, lengthBytes: 0x1f20 });
  });

  it("are as far away as the program is from where it was linked", () => {
    const headers = headersOf([0x6474e552, 0x2000e0, 0x1f20], [6, 0x40, 112]);
    expect(sealedPages(headers, PROGRAM)).toEqual({ startAddress: 0x6000e0, lengthBytes: 0x1f20 });
  });

  it("end before a page that is sealed in part, which stays writable", () => {
    const headers = headersOf([6, 0x400040, 112], [0x6474e552, 0x6000e0, 0x1f28]);
    expect(sealedPages(headers, PROGRAM)).toEqual({ startAddress: 0x6000e0, lengthBytes: 0x1f20 });
  });

  it.each([
    ["none are sealed", headersOf([6, 0x400040, 112], [1, 0x600000, 0x2000])],
    ["less than a page is", headersOf([6, 0x400040, 112], [0x6474e552, 0x6000e0, 0x20])],
    ["nobody knows where the program was loaded", headersOf([0x6474e552, 0x6000e0, 0x1f20])],
  ])("are absent where %s", (_, headers) => {
    expect(sealedPages(headers, PROGRAM)).toBeUndefined();
  });
});
