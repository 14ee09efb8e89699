// Makes pictures of the sources in a folder: an .svg file of each .dot file, and of each .html file what it looks like in a browser, light
// and dark. CHROME says where a Chromium or Chrome is, if it is in none of the usual places.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import * as Viz from '@viz-js/viz'
import puppeteer from 'puppeteer-core'

const folder = path.resolve(process.argv[2])
const sources = (extension) => fs.readdirSync(folder).filter((name) => name.endsWith(extension)).sort()
const target = (name, ending) => path.join(folder, name.replace(/\.[a-z]+$/, ending))

const viz = await Viz.instance()
for (const name of sources('.dot')) {
  const svg = viz.renderString(fs.readFileSync(path.join(folder, name), 'utf8'), { format: 'svg' })
  fs.writeFileSync(target(name, '.svg'), svg)
}

const places = [process.env.CHROME, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']
const executablePath = places.find((place) => place && fs.existsSync(place))
if (!executablePath) {
  console.error('There is no Chromium or Chrome here. Install one, or say in CHROME where it is.')
  process.exit(1)
}
const browser = await puppeteer.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
try {
  const page = await browser.newPage()
  await page.setViewport({ width: 820, height: 100 })
  for (const name of sources('.html')) {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      await page.goto(pathToFileURL(path.join(folder, name)).href)
      await page.screenshot({ path: target(name, `-${scheme}.png`), fullPage: true, optimizeForSpeed: false })
    }
  }
} finally {
  await browser.close()
}

// What the pictures were made of, for a test to see whether they are still those of their sources.
const hash = (name) => createHash('sha256').update(fs.readFileSync(path.join(folder, name))).digest('hex')
fs.writeFileSync(path.join(folder, 'rendered.sha256'), [...sources('.dot'), ...sources('.html')].map((name) => `${hash(name)}  ${name}\n`).join(''))
