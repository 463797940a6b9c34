/** A short tremble: done without looking. */
export function tremble(): void {
  uni.vibrateShort({ type: 'light', fail: () => {} } as UniApp.VibrateShortOptions)
}
