/** Who answers for the packages. */
import { describe, expect, it } from "vitest";
import { mailbox, maintainerOf } from "../../../packaging/maintainer.ts";

describe("the maintainer of the packages", () => {
  it("is the distributor that builds, as Debian's tools are told it", () => {
    expect(mailbox(maintainerOf({ DEBFULLNAME: "A Distributor", DEBEMAIL: "a@b.test" }))).toBe(
      "A Distributor <a@b.test>",
    );
    expect(mailbox(maintainerOf({ DEBEMAIL: "a@b.test" }))).toBe("a@b.test <a@b.test>");
  });

  it("is a placeholder that no mail reaches, where nothing was set", () => {
    expect(maintainerOf({}).email).toMatch(/\.example$/);
    expect(maintainerOf({ DEBFULLNAME: "A Distributor" }).email).toMatch(/\.example$/);
  });
});
