package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kneo-agent/kneo-client-go/kneo/kneoview"
)

// draw has the text of every file by its path in the folder of documents.
func draw(ctx context.Context) (map[string]string, error) {
	files := map[string]string{}
	for _, s := range stories {
		p, err := play(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		if len(p.graph.Nodes) == 0 {
			p.graph.Visited = p.run.VisitedSteps
		}
		graph := kneoview.RunGraph(p.graph)
		timeline := kneoview.Timeline{Events: p.events, Run: p.run, Now: p.now, Previews: s.previews}
		var text, html strings.Builder
		if err := timeline.WriteText(&text); err != nil {
			return nil, err
		}
		if err := timeline.WriteHTML(&html); err != nil {
			return nil, err
		}
		base := "pictures/" + s.Name
		files[base+".mmd"], files[base+".dot"] = graph.Mermaid(), graph.DOT()
		files[base+".txt"], files[base+".html"] = text.String(), html.String()
	}
	sight, err := page(files)
	files["sight.md"] = sight
	return files, err
}
