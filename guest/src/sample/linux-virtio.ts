/** Reads a virtio device's identity and negotiated features from sysfs (virtio 1.2, sections 2.2 and 5.5). */

const BALLOON_DEVICE_ID = 5;
const FEATURE_DEFLATE_ON_OOM = 2;

/** One folder of /sys/bus/virtio/devices. */
export interface VirtioDeviceText {
  /** File `device`, e.g. `0x0005`. */
  readonly device: string;
  /** File `features`: one character a bit, bit 0 first. */
  readonly features: string;
}

export interface BalloonDevice {
  /** The guest may take memory back out of the balloon by itself; MemTotal then does not shrink with the balloon. */
  readonly deflateOnOom: boolean;
}

/** The first balloon among the devices; absent where there is none. */
export function findBalloon(devices: readonly VirtioDeviceText[]): BalloonDevice | undefined {
  const balloon = devices.find((each) => Number(each.device.trim()) === BALLOON_DEVICE_ID);
  if (!balloon) return undefined;
  return { deflateOnOom: balloon.features.trim()[FEATURE_DEFLATE_ON_OOM] === "1" };
}
