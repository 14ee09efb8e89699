// Lets the real parsers read what package kneoview writes: Graphviz all .dot files of the given folders, Mermaid all .mmd files. It needs no
// browser. A file that is read as another number of nodes or edges than it has lines for them is an error too: text has broken out.
import fs from 'node:fs'
import path from 'node:path'
import * as Viz from '@viz-js/viz'
import { JSDOM } from 'jsdom'

// Mermaid cleans labels with DOMPurify, which needs the DOM of a browser; jsdom's will do.
globalThis.window = new JSDOM('').window
globalThis.document = window.document
const { default: mermaid } = await import('mermaid')
const viz = await Viz.instance()

const count = (text, line) => text.split('\n').filter((l) => line.test(l)).length

const readers = {
  '.dot': (text) => {
    const graph = viz.renderJSON(text)
    if (!viz.renderString(text, { format: 'svg' }).includes('</svg>')) throw new Error('no picture came of it')
    return {
      nodes: [graph.objects?.length ?? 0, count(text, /^  n\d+ \[/)],
      edges: [graph.edges?.length ?? 0, count(text, /^  n\d+ -> n\d+/)],
    }
  },
  '.mmd': async (text) => {
    await mermaid.parse(text)
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text)
    return {
      nodes: [db.getVertices().size, count(text, /^  n\d+[([{]/)],
      edges: [db.getEdges().length, count(text, /^  n\d+ -.* n\d+$/)],
    }
  },
}

let read = 0
let failed = 0
for (const folder of process.argv.slice(2)) {
  for (const name of fs.readdirSync(folder).sort()) {
    const reader = readers[path.extname(name)]
    if (!reader) continue
    const file = path.join(folder, name)
    try {
      for (const [what, [got, want]] of Object.entries(await reader(fs.readFileSync(file, 'utf8')))) {
        if (got !== want) throw new Error(`it has ${want} ${what}, of which ${got} were read`)
      }
      read++
    } catch (err) {
      failed++
      console.error(`${file}: ${err.message}`)
    }
  }
}
if (read === 0) {
  console.error('there is nothing to read in ' + process.argv.slice(2).join(' '))
  failed++
}
console.log(`${read} graphs read, ${failed} failed`)
process.exit(failed ? 1 : 0)
