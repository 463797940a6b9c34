/// <reference types="vite/client" />
interface ImportMetaEnv {
  /** Where the mini-program finds the API: an https origin that is in the account's list of servers. */
  readonly VITE_API_ORIGIN?: string
}

// replaced by the build
declare const process: { env: { UNI_PLATFORM: 'h5' | 'mp-weixin' } }
