package kneo

import "github.com/kneo-agent/kneo-client-go/gen"

// The types of the contract. They are those of package [gen], where their fields are described.
type (
	// Health says how the platform is.
	Health = gen.Health
	// HealthMetadata is the detail of a health answer.
	HealthMetadata = gen.HealthMetadata
	// HealthCheck is one check of readiness. Which fields it has depends on what is checked.
	HealthCheck = gen.HealthCheck
	// HealthChecks are the checks of readiness by name, such as queue or run_state_store.
	HealthChecks = gen.HealthChecks

	// RunCreateRequest asks for a run. It needs Spec or SpecPath; Spec wins.
	RunCreateRequest = gen.RunCreateRequest
	// SkillsOverlay changes the skills of a spec for one run.
	SkillsOverlay = gen.SkillsOverlay
	// RunTarget says what of a spec is to run, TargetWorkflow by default. Without a workflow it is the agent in any case.
	RunTarget = gen.RunTarget
	// RunCreated is the answer to a create or continue. It is a snapshot; with a repeated idempotency key, an old one.
	RunCreated = gen.RunCreated
	// Run is a run as it is now. It has no times; RunSummary and CheckpointState have them.
	Run = gen.Run
	// RunSummary is a row of the list of runs.
	RunSummary = gen.RunSummary
	// RunStatus says where a run stands. RunMaxIterations comes only in the answers to create, continue and resume; the run itself is
	// RunFailed then. A run that waits in the queue is RunRunning already. Values that are not listed may come.
	RunStatus = gen.RunStatus
	// RunError is why a run failed. An agent may report more than is listed.
	RunError = gen.RunError
	// RunFailedError means that a run has ended without completing; see [gen.Run.Err].
	RunFailedError = gen.RunFailedError
	// CancelOutcome is what cancelling a run did.
	CancelOutcome = gen.CancelOutcome
	// RunUsage counts the tokens that a run cost.
	RunUsage = gen.RunUsage
	// RunMetadata is what the platform notes about a run. Which fields it has depends on the run, and on whether it is an answer to a
	// create or a stored run. What is noted when a run blocks stays when it goes on: trust the fields of the run itself.
	RunMetadata = gen.RunMetadata
	// RunTrace is the whole trace of a run.
	RunTrace = gen.RunTrace
	// UsageMetadata is what a runtime reported of its use of models, as it did. Run.Usage has the sums.
	UsageMetadata = gen.UsageMetadata
	// FrozenSpec is the spec of a run as it was read when the run was created.
	FrozenSpec = gen.FrozenSpec
	// ExecutionContext is where a run stands inside.
	ExecutionContext = gen.ExecutionContext
	// WorkflowMetadata is how a workflow went.
	WorkflowMetadata = gen.WorkflowMetadata
	// Message is one message of a conversation.
	Message = gen.Message
	// MessageMetadata is what comes with a message.
	MessageMetadata = gen.MessageMetadata
	// MessageRole says who speaks.
	MessageRole = gen.MessageRole
	// ToolCall is a call of a tool by an agent.
	ToolCall = gen.ToolCall

	// TraceEvent is something that happened in a run.
	TraceEvent = gen.TraceEvent
	// TraceEventType says what happened. EventRunStarted and EventRunCompleted stand around each call of an agent, not around the run. Values that are not listed may come.
	TraceEventType = gen.TraceEventType
	// TraceMetadata is the detail of a trace event. Which fields it has depends on the type.
	TraceMetadata = gen.TraceMetadata

	// Checkpoint is the state of a run at one moment.
	Checkpoint = gen.Checkpoint
	// CheckpointType says why a checkpoint was made. Values that are not listed may come.
	CheckpointType = gen.CheckpointType
	// CheckpointState is the run as it was at a checkpoint. States above 1 MiB are cut down to Limited and Status.
	CheckpointState = gen.CheckpointState
	// CheckpointMetadata is the detail of a checkpoint. Which fields it has depends on the type.
	CheckpointMetadata = gen.CheckpointMetadata
	// CheckpointRef names a checkpoint.
	CheckpointRef = gen.CheckpointRef
	// CheckpointDiff is what changed between two checkpoints.
	CheckpointDiff = gen.CheckpointDiff
	// DiffEntry is a value that came or went.
	DiffEntry = gen.DiffEntry
	// DiffChange is a value that changed.
	DiffChange = gen.DiffChange

	// Replay is the history of a run.
	Replay = gen.Replay
	// ReplayStep is a checkpoint in the history of a run.
	ReplayStep = gen.ReplayStep
	// ReplayContext says where a run would go on, and whether it can.
	ReplayContext = gen.ReplayContext
	// Recovery is what is needed to decide whether a run can be continued.
	Recovery = gen.Recovery

	// RunGraph is the graph of a run's workflow.
	RunGraph = gen.RunGraph
	// SpecGraph is the graph of a spec's workflow.
	SpecGraph = gen.SpecGraph
	// GraphNode is a step or node of a workflow.
	GraphNode = gen.GraphNode
	// GraphEdge leads from one node to another.
	GraphEdge = gen.GraphEdge

	// PolicyReport says what a spec lets its agents and tools do, or why it is invalid.
	PolicyReport = gen.PolicyReport
	// PolicyReportBody is a policy report. For an invalid spec it has Valid and Diagnostics only.
	PolicyReportBody = gen.PolicyReportBody
	// PolicyReportSummary counts what a spec has.
	PolicyReportSummary = gen.PolicyReportSummary
	// MemoryReport is what the agents of a spec remember.
	MemoryReport = gen.MemoryReport
	// AgentMemory is what one agent remembers.
	AgentMemory = gen.AgentMemory
	// ToolsReport is what the agents of a spec can call.
	ToolsReport = gen.ToolsReport
	// AgentToolPolicy is what one agent can call.
	AgentToolPolicy = gen.AgentToolPolicy
	// ToolPermissions bounds what tools may do. Nil means that the spec does not say.
	ToolPermissions = gen.ToolPermissions
	// GuardrailsReport is what guards the agents of a spec.
	GuardrailsReport = gen.GuardrailsReport
	// AgentGuardrails is what guards one agent.
	AgentGuardrails = gen.AgentGuardrails
	// HumanReviewReport is where people decide in a spec.
	HumanReviewReport = gen.HumanReviewReport
	// ReviewStep is a step where a person decides.
	ReviewStep = gen.ReviewStep
	// ReviewRequirement is something that requires a person.
	ReviewRequirement = gen.ReviewRequirement
	// Diagnostic is a finding about a spec.
	Diagnostic = gen.Diagnostic
	// DiagnosticSeverity is the weight of a finding.
	DiagnosticSeverity = gen.DiagnosticSeverity

	// HumanTask is a row of the list of tasks that wait for a person.
	HumanTask = gen.HumanTask
	// HumanTaskDetail is what a waiting task asks. It knows neither its run nor its deadline; HumanTask does.
	HumanTaskDetail = gen.HumanTaskDetail
	// HumanTaskMetadata says where in the workflow a task waits.
	HumanTaskMetadata = gen.HumanTaskMetadata
	// HumanTaskStatus says whether a task waits in time or has been escalated.
	HumanTaskStatus = gen.HumanTaskStatus
	// OrchestrationState is how far an orchestration has come. Which fields it has depends on the shape.
	OrchestrationState = gen.OrchestrationState
	// HumanRequest is what a person is asked.
	HumanRequest = gen.HumanRequest
	// HumanRequestType says what is asked of a person. Values that are not listed may come.
	HumanRequestType = gen.HumanRequestType
	// HumanTimeoutAction says what happens to a task that nobody decides in time.
	HumanTimeoutAction = gen.HumanTimeoutAction
	// HumanResumeRequest is a person's decision.
	HumanResumeRequest = gen.HumanResumeRequest
	// HumanDecision is what a person decides. Approved lets the input pass; Rejected passes on a text that says so, and the run goes on to
	// its end all the same; Edited and Provided pass on Content; Selected passes on SelectedOption.
	HumanDecision = gen.HumanDecision
	// HumanResumed is the run after a person's decision. If it blocked again, the new task is Metadata.ContinuationID.
	HumanResumed = gen.HumanResumed

	// AuditEvent is something that was done. Requests that were refused leave none, nor do creates that failed while the caller waited.
	AuditEvent = gen.AuditEvent
	// AuditEventType says what was done. Values that are not listed may come.
	AuditEventType = gen.AuditEventType
	// AuditMetadata is the detail of an audit event. Which fields it has depends on the type.
	AuditMetadata = gen.AuditMetadata

	// CredentialInventory is what credentials the platform looked for.
	CredentialInventory = gen.CredentialInventory
	// CredentialEntry says whether the platform has a credential.
	CredentialEntry = gen.CredentialEntry
	// CredentialStatus says whether the platform has a credential. Empty from servers before 1.2.0; see Present.
	CredentialStatus = gen.CredentialStatus

	// EnvironmentPolicy is a policy as it is stored.
	EnvironmentPolicy = gen.EnvironmentPolicy
	// EnvironmentPolicyRequest is a policy to store or to preview. What is left out gets its default, not its previous value.
	EnvironmentPolicyRequest = gen.EnvironmentPolicyRequest
	// EnvironmentPolicyState is the policy of an environment.
	EnvironmentPolicyState = gen.EnvironmentPolicyState
	// PolicyPreview says what a policy would change.
	PolicyPreview = gen.PolicyPreview
	// PolicyChange is the change of one field of a policy.
	PolicyChange = gen.PolicyChange

	// SpecValidateRequest asks for a check of a spec. It needs Spec or SpecPath; Spec wins.
	SpecValidateRequest = gen.SpecValidateRequest
	// SpecValidation is what a check of a spec found.
	SpecValidation = gen.SpecValidation
	// SpecCompileRequest asks for the compilation of a spec. It needs Spec or SpecPath; Spec wins.
	SpecCompileRequest = gen.SpecCompileRequest
	// SpecCompilation is what a compilation gave.
	SpecCompilation = gen.SpecCompilation
	// CompileSummary says what a compilation gave.
	CompileSummary = gen.CompileSummary
	// SpecExplainRequest asks what a spec has. It needs Spec or SpecPath; Spec wins.
	SpecExplainRequest = gen.SpecExplainRequest
	// SpecExplanation says what a spec has.
	SpecExplanation = gen.SpecExplanation
	// SpecSummary names what a spec has.
	SpecSummary = gen.SpecSummary
	// SpecGraphRequest asks for the graph of a spec's workflow. It needs Spec or SpecPath; Spec wins.
	SpecGraphRequest = gen.SpecGraphRequest
	// SpecPolicyReportRequest asks for a policy report. It needs Spec or SpecPath; Spec wins.
	SpecPolicyReportRequest = gen.SpecPolicyReportRequest

	// Skill is something that agents can be given.
	Skill = gen.Skill

	// SortOrder is the direction of a list.
	SortOrder = gen.SortOrder
	// Any is a JSON value that the platform leaves to others, as it was sent.
	Any = gen.Any
	// AnyObject is an object of values that the platform leaves to others. Numbers keep their digits.
	AnyObject = gen.AnyObject
)

// The parameters of lists. Zero fields are left out, which gives the platform's defaults.
type (
	// RunListParams defines parameters for ListRuns.
	RunListParams = gen.ListRunsParams
	// TraceParams defines parameters for GetRunTrace.
	TraceParams = gen.GetRunTraceParams
	// CheckpointParams defines parameters for ListCheckpoints.
	CheckpointParams = gen.ListCheckpointsParams
	// CheckpointDiffParams defines parameters for DiffCheckpoints.
	CheckpointDiffParams = gen.DiffCheckpointsParams
	// HumanTaskListParams defines parameters for ListHumanTasks.
	HumanTaskListParams = gen.ListHumanTasksParams
	// AuditListParams defines parameters for ListAuditEvents.
	AuditListParams = gen.ListAuditEventsParams
	// CredentialListParams defines parameters for ListCredentials.
	CredentialListParams = gen.ListCredentialsParams
	// SkillListParams defines parameters for ListSkills.
	SkillListParams = gen.ListSkillsParams
)

// The statuses of a run. RunMaxIterations occurs only in the answers to Create, Continue and Resume; the run itself is then failed.
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

// The outcomes of a cancel.
const (
	CancelledNow     = gen.CancelledNow
	CancelledTooLate = gen.CancelledTooLate
)

// The parts of a spec that can be run.
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

// The authors of messages.
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
