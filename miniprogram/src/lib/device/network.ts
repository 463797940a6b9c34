/** Whether there is a network, and of which kind. */
import type { NetworkKind } from '../queue/ports'

export function network(): Promise<NetworkKind> {
  // #ifdef H5
  // uni's own answer is "unknown" where the browser does not say which kind
  if (!navigator.onLine) return Promise.resolve('none')
  // #endif
  return new Promise((resolve) => {
    uni.getNetworkType({
      success: ({ networkType }) => resolve(kind(networkType)),
      // a phone that cannot tell may well have one: asking the server finds out
      fail: () => resolve('mobile'),
    })
  })
}

function kind(said: string): NetworkKind {
  if (said === 'none') return 'none'
  return said === 'wifi' || said === 'ethernet' ? 'wifi' : 'mobile'
}

/** Hear of a change for as long as the program runs. */
export function onNetwork(heard: (there: boolean) => void): void {
  uni.onNetworkStatusChange(({ isConnected }) => heard(isConnected))
}
