import { defineConfig } from 'vite'
import uni from '@dcloudio/vite-plugin-uni'
import { nothingFromElsewhere } from './build/nothing-from-elsewhere'
import { h5, plainRoles } from './build/h5'
import { noHosts, wechat } from './build/wechat'
import { leanWot } from './build/wot'

export default defineConfig({
  base: '/m/',
  plugins: process.env.UNI_PLATFORM === 'h5' ? [plainRoles(), leanWot(), uni(), nothingFromElsewhere(), h5()] : [noHosts(), leanWot(), uni(), nothingFromElsewhere(), wechat()],
  build: { reportCompressedSize: false },
})
