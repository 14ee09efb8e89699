// Package kneoview draws what is easier to see than to read: the graph of a run or of a spec, and the timeline of a trace.
//
// A graph is drawn from what [kneo.RunsService.Graph] or [kneo.SpecsService.Graph] returned:
//
//	fmt.Print(kneoview.RunGraph(graph).Mermaid())
//
// Or use DOT, for Graphviz. A timeline is drawn from the events of a trace, as [kneo.RunsService.TraceAll] yields them:
//
//	if err := timeline.WriteHTML(&page); err != nil {
//		log.Fatal(err)
//	}
//
// Or use WriteText, for a terminal or a log. The package makes no calls, and needs only the answers of the platform.
//
// # Text that others wrote
//
// Names, labels and errors come from whoever wrote the spec, and from the input of the run. None of them can break out of a picture: they
// are escaped for the language of the picture, control characters become visible characters, and labels in graphs are cut after 60
// characters.
//
// The inputs and outputs in a trace, and the questions that people were asked, are your users' data. Timelines leave them out
// unless [Timeline.Previews] is set. Errors are always shown, and may quote data.
package kneoview
