package kneo

import "github.com/kneo-agent/kneo-client-go/gen"

// The types of the contract, which are those of package gen. They are described there.
type (
	Health         = gen.Health
	HealthMetadata = gen.HealthMetadata
	HealthCheck    = gen.HealthCheck

	RunCreateRequest = gen.RunCreateRequest
	SkillsOverlay    = gen.SkillsOverlay
	RunTarget        = gen.RunTarget
	RunCreated       = gen.RunCreated
	Run              = gen.Run
	RunSummary       = gen.RunSummary
	RunStatus        = gen.RunStatus
	RunError         = gen.RunError
	RunFailedError   = gen.RunFailedError
	RunUsage         = gen.RunUsage
	RunMetadata      = gen.RunMetadata
	RunTrace         = gen.RunTrace
	UsageMetadata    = gen.UsageMetadata
	FrozenSpec       = gen.FrozenSpec
	ExecutionContext = gen.ExecutionContext
	WorkflowMetadata = gen.WorkflowMetadata
	Message          = gen.Message
	MessageMetadata  = gen.MessageMetadata
	ToolCall         = gen.ToolCall

	TraceEvent     = gen.TraceEvent
	TraceEventType = gen.TraceEventType
	TraceMetadata  = gen.TraceMetadata

	Checkpoint         = gen.Checkpoint
	CheckpointType     = gen.CheckpointType
	CheckpointState    = gen.CheckpointState
	CheckpointMetadata = gen.CheckpointMetadata
	CheckpointRef      = gen.CheckpointRef
	CheckpointDiff     = gen.CheckpointDiff
	DiffEntry          = gen.DiffEntry
	DiffChange         = gen.DiffChange

	Replay        = gen.Replay
	ReplayStep    = gen.ReplayStep
	ReplayContext = gen.ReplayContext
	Recovery      = gen.Recovery

	RunGraph  = gen.RunGraph
	SpecGraph = gen.SpecGraph
	GraphNode = gen.GraphNode
	GraphEdge = gen.GraphEdge

	PolicyReport        = gen.PolicyReport
	PolicyReportBody    = gen.PolicyReportBody
	PolicyReportSummary = gen.PolicyReportSummary
	MemoryReport        = gen.MemoryReport
	AgentMemory         = gen.AgentMemory
	ToolsReport         = gen.ToolsReport
	AgentToolPolicy     = gen.AgentToolPolicy
	GuardrailsReport    = gen.GuardrailsReport
	AgentGuardrails     = gen.AgentGuardrails
	HumanReviewReport   = gen.HumanReviewReport
	ReviewStep          = gen.ReviewStep
	ReviewRequirement   = gen.ReviewRequirement
	Diagnostic          = gen.Diagnostic
	DiagnosticSeverity  = gen.DiagnosticSeverity

	HumanRequest     = gen.HumanRequest
	HumanRequestType = gen.HumanRequestType

	SortOrder = gen.SortOrder
	// Any is a JSON value that the platform leaves to others, as it was sent.
	Any = gen.Any
	// AnyObject is an object of such values. Numbers keep their digits.
	AnyObject = gen.AnyObject
)

// The parameters of lists. Fields that are zero are left out, which gives the platform's default.
type (
	RunListParams        = gen.ListRunsParams
	TraceParams          = gen.GetRunTraceParams
	CheckpointParams     = gen.ListCheckpointsParams
	CheckpointDiffParams = gen.DiffCheckpointsParams
)

// The statuses of a run. RunMaxIterations occurs only in what creating, continuing and resuming answer; the run itself then
// says failed.
const (
	RunRunning       = gen.RunRunning
	RunBlocked       = gen.RunBlocked
	RunCompleted     = gen.RunCompleted
	RunFailed        = gen.RunFailed
	RunCancelled     = gen.RunCancelled
	RunTimedOut      = gen.RunTimedOut
	RunExpired       = gen.RunExpired
	RunMaxIterations = gen.RunMaxIterations
)

// What of a spec is run.
const (
	TargetAgent    = gen.TargetAgent
	TargetWorkflow = gen.TargetWorkflow
)

// The direction of a list.
const (
	SortAscending  = gen.SortAscending
	SortDescending = gen.SortDescending
)

// The types of trace events.
const (
	EventRunStarted                 = gen.EventRunStarted
	EventRunCompleted               = gen.EventRunCompleted
	EventRunFailed                  = gen.EventRunFailed
	EventWorkflowStarted            = gen.EventWorkflowStarted
	EventWorkflowResumed            = gen.EventWorkflowResumed
	EventWorkflowCompleted          = gen.EventWorkflowCompleted
	EventWorkflowFailed             = gen.EventWorkflowFailed
	EventHumanInterventionRequested = gen.EventHumanInterventionRequested
)

// The types of checkpoints.
const (
	CheckpointRunStarted    = gen.CheckpointRunStarted
	CheckpointStepCompleted = gen.CheckpointStepCompleted
	CheckpointNodeCompleted = gen.CheckpointNodeCompleted
	CheckpointStepFailed    = gen.CheckpointStepFailed
	CheckpointHumanPause    = gen.CheckpointHumanPause
	CheckpointHumanResume   = gen.CheckpointHumanResume
	CheckpointReplayContext = gen.CheckpointReplayContext
	CheckpointRunCompleted  = gen.CheckpointRunCompleted
	CheckpointRunFailed     = gen.CheckpointRunFailed
	CheckpointRunCancelled  = gen.CheckpointRunCancelled
	CheckpointRunTimedOut   = gen.CheckpointRunTimedOut
)

// How bad a diagnostic is.
const (
	SeverityError   = gen.SeverityError
	SeverityWarning = gen.SeverityWarning
	SeverityInfo    = gen.SeverityInfo
)
