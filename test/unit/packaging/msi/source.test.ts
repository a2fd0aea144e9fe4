/** The source of the Windows package. */
import { describe, expect, it } from "vitest";
import { wixSource } from "../../../../packaging/msi/source.ts";

const source = wixSource("1.2.3", 'A & "B"');
const numberOf = (action: string) => Number(new RegExp(`${action}"? Sequence="(\\d+)"`).exec(source)?.[1]);

describe("the Windows package", () => {
  it("has a number for each action of its own, so that no build chooses another order", () => {
    expect(source.match(/<Custom Action=/g)).toHaveLength(5);
    expect(source.match(/<Custom Action="\w+" Sequence="\d+">/g)).toHaveLength(5);
  });

  it("removes an older version before it installs, the service before its files, and makes it after them", () => {
    const [initialize, removeFiles, installFiles, finalize] = [1500, 3500, 4000, 6600];
    expect(numberOf("RemoveExistingProducts")).toBeLessThan(initialize);
    expect(numberOf("RemoveService")).toBeGreaterThan(initialize);
    expect(numberOf("RemoveService")).toBeLessThan(removeFiles);
    expect(numberOf("InstallService")).toBeGreaterThan(installFiles);
    expect(numberOf("InstallService")).toBeLessThan(finalize);
  });

  it("is known to Windows by one code, and each version by its own", () => {
    const codes = (text: string) => ({
      product: /Product Id="([^"]+)"/.exec(text)?.[1],
      upgrade: /UpgradeCode="([^"]+)"/.exec(text)?.[1],
    });
    const [one, other] = [codes(source), codes(wixSource("1.2.4", "A"))];
    expect(one.upgrade).toBe(other.upgrade);
    expect(one.product).not.toBe(other.product);
    expect(wixSource("1.2.3", "A")).toBe(wixSource("1.2.3", "A"));
  });

  it("names its distributor, whatever letters the name has", () => {
    expect(source).toContain('Manufacturer="A &amp; &quot;B&quot;"');
  });
});
