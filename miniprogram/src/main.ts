import { createSSRApp } from 'vue'
import App from './App.vue'
// #ifdef H5
import { nameFields } from './lib/device/names'
import { keepProgram } from './lib/device/program'
// #endif

export function createApp() {
  // #ifdef H5
  nameFields()
  keepProgram()
  // #endif
  return { app: createSSRApp(App) }
}
