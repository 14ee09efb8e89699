package kneo

import "github.com/kneo-agent/kneo-client-go/gen"

// The types of the contract, which are those of package gen. They are described there.
type (
	Health         = gen.Health
	HealthMetadata = gen.HealthMetadata
	HealthCheck    = gen.HealthCheck
	HealthChecks   = gen.HealthChecks

	RunCreateRequest = gen.RunCreateRequest
	SkillsOverlay    = gen.SkillsOverlay
	RunTarget        = gen.RunTarget
	RunCreated       = gen.RunCreated
	Run              = gen.Run
	RunSummary       = gen.RunSummary
	RunStatus        = gen.RunStatus
	RunError         = gen.RunError
	RunFailedError   = gen.RunFailedError
	CancelOutcome    = gen.CancelOutcome
	RunUsage         = gen.RunUsage
	RunMetadata      = gen.RunMetadata
	RunTrace         = gen.RunTrace
	UsageMetadata    = gen.UsageMetadata
	FrozenSpec       = gen.FrozenSpec
	ExecutionContext = gen.ExecutionContext
	WorkflowMetadata = gen.WorkflowMetadata
	Message          = gen.Message
	MessageMetadata  = gen.MessageMetadata
	MessageRole      = gen.MessageRole
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
	ToolPermissions     = gen.ToolPermissions
	GuardrailsReport    = gen.GuardrailsReport
	AgentGuardrails     = gen.AgentGuardrails
	HumanReviewReport   = gen.HumanReviewReport
	ReviewStep          = gen.ReviewStep
	ReviewRequirement   = gen.ReviewRequirement
	Diagnostic          = gen.Diagnostic
	DiagnosticSeverity  = gen.DiagnosticSeverity

	HumanTask          = gen.HumanTask
	HumanTaskDetail    = gen.HumanTaskDetail
	HumanTaskMetadata  = gen.HumanTaskMetadata
	HumanTaskStatus    = gen.HumanTaskStatus
	OrchestrationState = gen.OrchestrationState
	HumanRequest       = gen.HumanRequest
	HumanRequestType   = gen.HumanRequestType
	HumanTimeoutAction = gen.HumanTimeoutAction
	HumanResumeRequest = gen.HumanResumeRequest
	HumanDecision      = gen.HumanDecision
	HumanResumed       = gen.HumanResumed

	AuditEvent     = gen.AuditEvent
	AuditEventType = gen.AuditEventType
	AuditMetadata  = gen.AuditMetadata

	CredentialInventory = gen.CredentialInventory
	CredentialEntry     = gen.CredentialEntry
	CredentialStatus    = gen.CredentialStatus

	EnvironmentPolicy        = gen.EnvironmentPolicy
	EnvironmentPolicyRequest = gen.EnvironmentPolicyRequest
	EnvironmentPolicyState   = gen.EnvironmentPolicyState
	PolicyPreview            = gen.PolicyPreview
	PolicyChange             = gen.PolicyChange

	SpecValidateRequest     = gen.SpecValidateRequest
	SpecValidation          = gen.SpecValidation
	SpecCompileRequest      = gen.SpecCompileRequest
	SpecCompilation         = gen.SpecCompilation
	CompileSummary          = gen.CompileSummary
	SpecExplainRequest      = gen.SpecExplainRequest
	SpecExplanation         = gen.SpecExplanation
	SpecSummary             = gen.SpecSummary
	SpecGraphRequest        = gen.SpecGraphRequest
	SpecPolicyReportRequest = gen.SpecPolicyReportRequest

	Skill = gen.Skill

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
	HumanTaskListParams  = gen.ListHumanTasksParams
	AuditListParams      = gen.ListAuditEventsParams
	CredentialListParams = gen.ListCredentialsParams
	SkillListParams      = gen.ListSkillsParams
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

// What a cancel did.
const (
	CancelledNow     = gen.CancelledNow
	CancelledTooLate = gen.CancelledTooLate
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

// The statuses of a human task.
const (
	TaskEscalated = gen.TaskEscalated
	TaskPending   = gen.TaskPending
)

// The kinds of decisions that are asked for.
const (
	RequestApproval   = gen.RequestApproval
	RequestCorrection = gen.RequestCorrection
	RequestFreeform   = gen.RequestFreeform
	RequestReview     = gen.RequestReview
	RequestSelection  = gen.RequestSelection
)

// The decisions.
const (
	DecisionApproved = gen.DecisionApproved
	DecisionEdited   = gen.DecisionEdited
	DecisionProvided = gen.DecisionProvided
	DecisionRejected = gen.DecisionRejected
	DecisionSelected = gen.DecisionSelected
)

// What happens to a task that nobody decides in time.
const (
	OnTimeoutContinue = gen.OnTimeoutContinue
	OnTimeoutEscalate = gen.OnTimeoutEscalate
	OnTimeoutFail     = gen.OnTimeoutFail
)

// Whether the platform has a credential.
const (
	CredentialMissing = gen.CredentialMissing
	CredentialPresent = gen.CredentialPresent
)

// Who says a message.
const (
	RoleAssistant = gen.RoleAssistant
	RoleSystem    = gen.RoleSystem
	RoleTool      = gen.RoleTool
	RoleUser      = gen.RoleUser
)

// The types of audit events.
const (
	AuditCredentialInventoryAccessed = gen.AuditCredentialInventoryAccessed
	AuditHumanContinueFailed         = gen.AuditHumanContinueFailed
	AuditHumanContinued              = gen.AuditHumanContinued
	AuditHumanDecision               = gen.AuditHumanDecision
	AuditHumanEscalated              = gen.AuditHumanEscalated
	AuditHumanExpired                = gen.AuditHumanExpired
	AuditPolicyChanged               = gen.AuditPolicyChanged
	AuditRunCancelled                = gen.AuditRunCancelled
	AuditRunContinued                = gen.AuditRunContinued
	AuditRunCreated                  = gen.AuditRunCreated
	AuditRunDeadLettered             = gen.AuditRunDeadLettered
	AuditRunTimedOut                 = gen.AuditRunTimedOut
	AuditSpecCompiled                = gen.AuditSpecCompiled
	AuditSpecExplained               = gen.AuditSpecExplained
	AuditSpecGraph                   = gen.AuditSpecGraph
	AuditSpecPolicyReported          = gen.AuditSpecPolicyReported
	AuditSpecRun                     = gen.AuditSpecRun
	AuditSpecValidated               = gen.AuditSpecValidated
)
