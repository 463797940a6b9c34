/** "My data" in words: what is kept about a person, on a page and as a file that any phone or computer opens. */
import type { Schemas } from './api/schema'
import { spoken } from './clock'

export type Section = Schemas['MyData']['sections'][number]

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/

const yearOf = (at: string): number => new Date(Date.parse(at) + 8 * 3_600_000).getUTCFullYear()

/** A value as a person reads it. */
export function said(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—'
  if (value === true) return '是'
  if (value === false) return '否'
  if (typeof value === 'string') return INSTANT.test(value) ? `${yearOf(value)}年${spoken(value)}` : value
  if (Array.isArray(value)) return value.length ? value.map(said).join('；') : '—'
  if (typeof value === 'object') return Object.values(value).map(said).join('，') || '—'
  return String(value)
}

/** The lines of a row, in the order of its section's columns. */
export function linesOf(section: Section, row: Section['rows'][number]): [string, string][] {
  return Object.entries(section.columns).filter(([name]) => name in row).map(([name, called]) => [called, said(row[name])])
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** A page of its own: no script, nothing from elsewhere. */
export function documentOf(data: Schemas['MyData'], name: string): string {
  const parts = data.sections.filter((section) => section.rows.length).map((section) => {
    const rows = section.rows.map((row) => `<table>${linesOf(section, row).map(([called, value]) => `<tr><th>${escaped(called)}</th><td>${escaped(value)}</td></tr>`).join('')}</table>`)
    return `<h2>${escaped(section.label)}（${section.rows.length}条${section.more ? '，只有最近的' : ''}）</h2>${rows.join('')}`
  })
  return `<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>我的数据</title>`
    + '<style>body{font:16px sans-serif;margin:16px}table{border-collapse:collapse;margin:0 0 12px;width:100%}th,td{border:1px solid #999;padding:4px 8px;text-align:left;vertical-align:top}th{width:9em}</style>'
    + `<h1>膳督：${escaped(name)}的数据</h1><p>${spoken(data.at)} 导出</p>${parts.join('')}</html>`
}
