// Package kneoview draws what people would rather look at than read: the graph of a run or of a spec, and the timeline of a trace.
//
// A graph is what [kneo.RunsService.Graph] or [kneo.SpecsService.Graph] returned:
//
//	fmt.Print(kneoview.RunGraph(graph).Mermaid())
//
// or DOT, for Graphviz. A timeline is made of the events of a trace, such as [kneo.RunsService.TraceAll] gives:
//
//	if err := timeline.WriteHTML(&page); err != nil {
//		log.Fatal(err)
//	}
//
// or WriteText, for a terminal or a log. The package makes no calls and needs nothing but the answers of the platform.
//
// # Text that others wrote
//
// Names, labels and errors come from whoever wrote the spec, and from what the run was given. None of them can break out of a picture: they
// are escaped for the language that they are put into, control characters become visible signs, and labels in graphs are cut after
// 60 characters.
//
// The inputs and outputs in a trace, and the questions that people were asked, are your users' data. Timelines leave them out
// unless [Timeline.Previews] is set. Errors are always shown, and may quote data.
package kneoview
