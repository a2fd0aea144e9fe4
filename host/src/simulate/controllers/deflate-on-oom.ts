/** A static split whose guests may take their memory back when they run out (virtio-balloon's `deflate-on-oom`). */
import type { ControllerMaker } from "../controller.ts";
import { StaticSplit } from "./static-split.ts";

/** A guest keeps what it takes back: no balloon is inflated again, whatever the host's memory. */
export const DEFLATE_ON_OOM: ControllerMaker = {
  name: "deflate-on-oom",
  title: "a static split, and balloons that deflate when a guest runs out",
  deflateOnOom: true,
  make: (setup) => new StaticSplit("deflate-on-oom", setup),
};
