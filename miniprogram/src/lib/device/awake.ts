/** A screen that does not go dark while it shows something to be scanned. */

// #ifdef H5
let lock: { release(): Promise<void> } | null = null
// #endif

/** Whether the screen stays on; false where the phone does not let us. */
export async function stayAwake(awake: boolean): Promise<boolean> {
  // #ifdef H5
  await lock?.release().catch(() => {})
  lock = null
  if (!awake) return true
  const screen = (navigator as { wakeLock?: { request(kind: 'screen'): Promise<{ release(): Promise<void> }> } }).wakeLock
  lock = (await screen?.request('screen').catch(() => null)) ?? null
  return lock !== null
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    uni.setKeepScreenOn({ keepScreenOn: awake, success: () => resolve(true), fail: () => resolve(false) })
  })
  // #endif
}
