/* The lists behind the command line: verbs and options. Parsing, --help, completion and the man
 * page are made from them and from nothing else, so they cannot disagree. */
#ifndef PENSTOCK_CLI_VERB_H
#define PENSTOCK_CLI_VERB_H

#include "core/cli/cli.h"

#include <stdint.h>

/* clang-format off */
/*       constant    word          arguments       least most         run             one line
 *       what else a person should know */
#define VERB_LIST(X) \
    X(CONSOLE,    NULL,         "",             0, 0,           NULL,           "open the console: every pipeline, live", \
      "Without a verb penstock opens the console. It draws what the cache holds at once and keeps it current while it runs.") \
    X(STATUS,     "status",     "[NAME...]",    0, CLI_ARG_MAX, run_status,     "print the pipelines and where they stand", \
      "Prints what the cache holds if it is fresh, else asks AWS first. NAME is a pipeline or a logical pipeline; " \
      "with --refresh only those named are read. Stale rows are printed all the same, with the reason on stderr and exit code 4.") \
    X(WATCH,      "watch",      "NAME",         1, 1,           run_watch,      "print each change of NAME until its execution ends", \
      "Follows the execution that is the latest when it begins, also behind newer ones. A pipeline that does not run is told at once. " \
      "The exit code is 0 for a success, 1 for any other end, 8 when --timeout passes first.") \
    X(SYNC,       "sync",       "",             0, 0,           run_sync,       "bring the cache up to date once and print what changed", \
      "A context that fails does not keep the others from being read; the exit code is that of the worst.") \
    X(DESCRIBE,   "describe",   "NAME",         1, 1,           run_describe,   "print all that is known of one pipeline", \
      "Stages, actions, errors, tags, the latest execution and the latest changes.") \
    X(APPROVALS,  "approvals",  "",             0, 0,           run_approvals,  "print every approval that waits, the oldest first", \
      "In every account and region of the contexts. COMMITS counts what is new since the stage behind the approval last succeeded, \"?\" where that is not known.") \
    X(HISTORY,    "history",    "NAME",         1, 2,           run_history,    "print a pipeline's executions, what each carried and how long its stages took", \
      "NAME is a pipeline or a logical pipeline. --execution ID prints one with its timeline, --compare A B two side by side; an id may be shortened. Below them the delivery of 30 days; lead time counts deployments whose commit's time is known, and what was rejected or stopped is no failure.") \
    X(FAILURE,    "failure",    "NAME",         1, 1,           run_failure,    "print why NAME failed: the error, the build, its log, its stack", \
      "Of the latest execution that failed, or of --execution. What was read once is kept: --cached needs no network, --refresh reads it again.") \
    X(LOGS,       "logs",       "NAME [STAGE [ACTION]]", 1, 3,  run_logs,       "print the build log of an action: the one that failed, else runs, else ran last", \
      "With -f it goes on as the log grows and ends with the build; the exit code is then 0 for a build that succeeded, else 1. Plain lines without colours; what looks like a secret is masked. What was read once is kept: --cached needs no network.") \
    X(RELEASE,    "release",    "NAME",         1, 1,           run_release,    "release a change: begin an execution of a pipeline", \
      "The plan tells which commits that are. It ends when AWS has begun it; with --wait when it has ended, then with exit code 0, 1, or 8 when --timeout passes or a person is waited for.") \
    X(STOP,       "stop",       "NAME",         1, 1,           run_stop,       "stop an execution: let what runs finish, or abandon it", \
      "Without --execution it must be the only one that runs. --abandon leaves what runs to its provider, which may go on with it.") \
    X(RETRY,      "retry",      "NAME STAGE",   2, 2,           run_retry,      "run a stage's failed actions again", \
      "STAGE is a stage or its environment. --all-actions runs all of them again: where a change set is gone nothing else helps.") \
    X(ROLLBACK,   "rollback",   "NAME STAGE EXECUTION", 2, 3,   run_rollback,   "roll a stage back to an execution that succeeded in it", \
      "Without EXECUTION those that can be gone back to are listed. An id may be shortened.") \
    X(APPROVE,    "approve",    "NAME STAGE [ACTION]", 2, 3,    run_approve,    "approve what waits", \
      "STAGE is a stage or its environment. What waits is read right before the answer is sent.") \
    X(REJECT,     "reject",     "NAME STAGE [ACTION]", 2, 3,    run_reject,     "reject what waits: the execution fails there", "") \
    X(TRANSITION, "transition", "enable|disable NAME STAGE", 3, 3, run_transition, "let executions into a stage, or hold them before it", \
      "To disable it needs a --reason; AWS takes few characters in it, and the plan shows what becomes of it.") \
    X(OVERRIDE,   "override",   "NAME STAGE [CONDITION]", 2, 3, run_override,   "let an execution go on in spite of a stage's condition", \
      "CONDITION is before-entry or on-success; without it the one that holds the stage.") \
    X(BUILD,      "build",      "stop|retry ID", 2, 2,          run_build,      "stop or retry a build", \
      "ID is CodeBuild's, PROJECT:UUID.") \
    X(STACK,      "stack",      "NAME [STACK] | NAME continue-rollback|delete STACK", 1, 3, run_stack, "a pipeline's CloudFormation stacks, one of them whole, or what is done to it", \
      "With STACK, a name or an ARN: resources, events, outputs, change sets, drift; --drift has AWS look for drift first, --events prints the events alone, the oldest first. continue-rollback goes on with a rollback that failed, --skip leaves a resource as it is; delete asks for the stack's name, and --skip retains what could not be deleted.") \
    X(BRANCH,     "branch",     "list NAME | create|promote NAME BRANCH", 2, 3, run_branch, "the branches of a pipeline's repository", \
      "create makes BRANCH at --from, a branch or a commit (the default branch). promote moves BRANCH on to --from by a fast-forward, and refuses anything else. What it starts and whether it is protected is in the plan.") \
    X(WAIT,       "wait",       "NAME",         1, 1,           run_wait,       "wait until nothing runs in a pipeline", \
      "The exit code is 0 for a success, 1 for any other end, 8 when --timeout passes first or a person is waited for.") \
    X(PLAN,       "plan",       "-f FILE",      0, 0,           run_plan,       "show what creating or changing the pipeline of a file would do; writes nothing", \
      "A pipeline that is there already is compared with the file. With --template the CloudFormation template and ddk.json are printed too. What stands in the way gives exit code 2.") \
    X(CREATE,     "create",     "-f FILE",      0, 0,           run_create,     "create the pipeline of a file: repository, branches, stack, first executions", \
      "Shows the plan and asks first. Every step looks before it writes, so running it again goes on where it was cut off. With --no-wait it ends with exit code 8 as soon as AWS goes on by itself.") \
    X(EDIT,       "edit",       "-f FILE",      0, 0,           run_edit,       "change a pipeline to what the file says", \
      "penstock export NAME writes the file to begin from. --applications says what becomes of what a removed stage deployed.") \
    X(EXPORT,     "export",     "NAME",         1, 1,           run_export,     "print the definition of a pipeline, for create and edit", \
      "It comes out of the pipeline's own stack in AWS.") \
    X(DELETE,     "delete",     "NAME",         1, 1,           run_delete,     "delete a pipeline: applications, artifacts, stack", \
      "The inventory comes from AWS. It asks for the name to be typed, or --confirm NAME. The repository is kept unless --delete-repository is given. What remains is listed at the end.") \
    X(CLONE,      "clone",      "NAME [DIR]",   1, 2,           run_clone,      "clone a pipeline's repository with git, signed in by penstock", \
      "git asks penstock for a password that is good for minutes; nothing is stored, and later git commands in DIR ask it again. NAME is a pipeline of penstock's or a CodeCommit repository.") \
    X(CREDENTIAL, "git-credential", "get|store|erase", 1, 1,    run_git_credential, "answer git: sign in to CodeCommit", \
      "For git's credential.helper; penstock clone sets it up. Speaks git's protocol on standard input and output.") \
    X(ENV,        "env",        "list | show|add|edit|remove|bootstrap|doctor NAME...", 1, 64, run_env, "the environments: accounts and regions that pipelines deploy to", \
      "Behind add and edit, --profile and --region are the environment's own; those of the CICD account stand before env. With edit an empty value takes a field away. doctor and bootstrap take several names; doctor without one examines all.") \
    X(AUDIT,      "audit",      "[NAME|FILE]",  0, 1,           run_audit,      "print what was done, refused and failed, the newest last", \
      "NAME is a piece of any text in a row. Without --since the last 100 rows. --verify makes each row's hash again and ends with exit code 1 when one was changed, removed or moved; with FILE it examines what --export wrote.") \
    X(INCIDENT,   "incident",   "NAME",         1, 1,           run_incident,   "print what happened to a pipeline as Markdown, for a report", \
      "What, where, when, how long, what it stopped, and a timeline of changes, errors, approvals, commits and what was done by hand. Without --since the last 24 hours, or from an hour before it broke.") \
    X(DIGEST,     "digest",     "",             0, 0,           run_digest,     "print what the next shift should know of the last hours", \
      "What fails, has recovered, waits, was released and by whom, was done by hand, is frozen or stale. Without --since the last 8 hours. --json has the delivery figures of what changed, over --days.") \
    X(PROMPT,     "prompt",     "",             0, 0,           run_prompt,     "print one short string for a shell prompt, from the cache only", \
      "Counts of what failed, waits and runs, such as \"2x 1? 3>\", with \"!\" when the cache is stale; nothing when all is well. Always exits 0.") \
    X(COMPLETION, "completion", "bash|zsh|fish", 1, 1,          run_completion, "print the completion script for a shell", \
      "For the current shell: eval \"$(penstock completion bash)\".") \
    X(DEMO,       "demo",       "",             0, 0,           NULL,           "open the console on a sandbox of its own", \
      "Starts penstock-sandbox on a free loopback port and ends it with the console. No AWS credentials are read or needed.") \
    X(HELP,       "help",       "[VERB|keys]",  0, 1,           run_help,       "print this, or what there is to know of a verb, or every key of every screen", \
      "With keys --plain a line of screen, command, key and help for each key, divided by tabs; a command without a key has an empty one.") \
    X(VERSION,    "version",    "",             0, 0,           run_version,    "print the version", "") \
    X(MAN,        "man",        "",             0, 0,           run_man,        NULL, "")

#define ON(verb) ((uint64_t)1 << VERB_##verb)
#define ON_ROWS  (ON(FAILURE) | ON(STATUS) | ON(DESCRIBE) | ON(APPROVALS) | ON(HISTORY) | ON_REPORTS)
#define ON_REPORTS (ON(INCIDENT) | ON(DIGEST))
#define ON_CONSOLE (ON(CONSOLE) | ON(DEMO))
#define ON_FILES (ON(PLAN) | ON(CREATE) | ON(EDIT))
#define ON_ACTS  (ON(CREATE) | ON(EDIT) | ON(DELETE) | ON(ENV))
#define ON_STARTS (ON(RELEASE) | ON(STOP) | ON(RETRY) | ON(ROLLBACK))
#define ON_OPERATES \
    (ON_STARTS | ON(STACK) | ON(BRANCH) | ON(APPROVE) | ON(REJECT) | ON(TRANSITION) | ON(OVERRIDE) | ON(BUILD))
#define ON_AWS   (ON_OPERATES | ON(WAIT) | ON_ACTS | ON(PLAN) | ON(EXPORT) | ON(CLONE) | ON(CREDENTIAL))
#define ON_READS (ON_ROWS | ON(LOGS) | ON(CONSOLE) | ON(WATCH) | ON(SYNC) | ON(PROMPT) | ON_AWS)
#define ON_ALL   UINT64_MAX

/*       constant       word            argument  verbs                  help */
#define OPTION_LIST(X) \
    X(PROFILE,      "profile",      "P",      ON_READS,                "the AWS profile to use")                                  \
    X(REGION,       "region",       "R",      ON_READS,                "the AWS region to use")                                   \
    X(CONTEXT,      "context",      "P@R",    ON_READS,                "a profile and region; may be given several times, all are shown in one list") \
    X(ENDPOINT_URL, "endpoint-url", "U",      ON_READS,                "where to send all requests instead of AWS")               \
    X(CACHED,       "cached",       NULL,     ON_ROWS | ON(STACK) | ON(BRANCH) | ON(CONSOLE) | ON(ENV) | ON(LOGS), "use what the cache holds; never touch the network")       \
    X(REFRESH,      "refresh",      NULL,     ON_ROWS,                 "ask AWS first, however fresh the cache is")               \
    X(JSON,         "json",         NULL,     ON_ROWS | ON(LOGS) | ON_ACTS | ON(PLAN) | ON(EXPORT) | ON(CLONE) | ON_OPERATES | ON(WAIT) | ON(AUDIT), "print JSON (schema 1)")                                   \
    X(PLAIN,        "plain",        NULL,     ON(STATUS) | ON(HELP),   "print one line per row, tab-separated, for scripts")      \
    X(LIMIT,        "limit",        "N",      ON(HISTORY) | ON(AUDIT), "print so many executions (10), or rows of the audit (100)") \
    X(COMPARE,      "compare",      "A B",    ON(HISTORY),             "compare two executions of NAME")                          \
    X(SINCE,        "since",        "T",      ON(AUDIT) | ON_REPORTS,  "from then on: 8h, 14:32, yesterday 14:32, 2026-11-20 14:32, in UTC") \
    X(DAYS,         "days",         "N",      ON(DIGEST),              "--json: delivery figures over so many days (30)")         \
    X(VERIFY,       "verify",       NULL,     ON(AUDIT),               "check the chain of hashes, or that of FILE")              \
    X(EXPORT,       "export",       "FILE",   ON(AUDIT),               "write the rows to FILE as JSON lines with their hashes; - is standard output") \
    X(TIMEOUT,      "timeout",      "S",      ON(WATCH) | ON(WAIT) | ON_STARTS, "give up after so many seconds, with exit code 8")         \
    X(FOLLOW,       "follow",       NULL,     ON(LOGS),                "go on until the build ends (also -f)")                    \
    X(EXECUTION,    "execution",    "ID",     ON(LOGS) | ON(FAILURE) | ON(HISTORY) | ON(STOP) | ON(RETRY) | ON(APPROVE) | ON(REJECT), "this execution, not the latest; history takes a shortened id") \
    X(TIMESTAMPS,   "timestamps",   NULL,     ON(LOGS),                "begin each line with its time, in UTC")                   \
    X(FILE,         "file",         "FILE",   ON_FILES,                "the pipeline's file; - is standard input (also -f)")      \
    X(TEMPLATE,     "template",     NULL,     ON_FILES,                "print the template and ddk.json with the plan")           \
    X(TEMPLATE_DIR, "template-dir", "DIR",    ON(PLAN) | ON(CREATE),   "the repository's first files, instead of a starter app")  \
    X(USE_EXISTING, "use-existing-repository", NULL, ON(PLAN) | ON(CREATE), "take a repository that is there already")            \
    X(APPLICATIONS, "applications", "keep|delete", ON(PLAN) | ON(EDIT) | ON(DELETE), "what becomes of what was deployed")         \
    X(DELETE_REPOSITORY, "delete-repository", NULL, ON(DELETE),        "delete the repository too, with its history")             \
    X(KIND,         "kind",         "cicd|target", ON(ENV),            "env add: where pipelines live, or what they deploy to")   \
    X(ACCOUNT,      "account",      "A",      ON(ENV),                 "env add, edit: the account, 12 digits")                   \
    X(ROLE_ARN,     "role-arn",     "ARN",    ON(ENV),                 "env add, edit: reach it by this role, from the CICD account") \
    X(EXTERNAL_ID,  "external-id",  "X",      ON(ENV),                 "env add, edit: with --role-arn")                          \
    X(STAGE,        "stage",        "S",      ON(ENV),                 "env add, edit: the stage that it serves by default")      \
    X(TEAM,         "team",         "T",      ON(ENV),                 "env add, edit: whose it is")                              \
    X(BOUNDARY,     "boundary",     "ARN",    ON(ENV),                 "env add, edit: permissions boundary of every role")       \
    X(DIALECT,      "dialect",      "cdk|ddk", ON(ENV),                "env add, edit: the bootstrap's names (cdk)")              \
    X(QUALIFIER,    "qualifier",    "Q",      ON(ENV),                 "env add, edit: the bootstrap's qualifier (hnb659fds)")    \
    X(DDK_PREFIX,   "ddk-prefix",   "P",      ON(ENV),                 "env add, edit: with --dialect ddk (ddk)")                 \
    X(POLICY,       "policy",       "ARN",    ON(ENV),                 "env bootstrap: what deployments may do; may be given several times") \
    X(TRUST,        "trust",        "A",      ON(ENV),                 "env bootstrap: the account to be trusted (the CICD account)") \
    X(REVISION,     "revision",     "ACTION=ID", ON(RELEASE),          "release this revision of a source: a commit, an image digest, an object version; may be given several times") \
    X(VAR,          "var",          "NAME=VALUE", ON(RELEASE),         "a pipeline variable; may be given several times")         \
    X(ABANDON,      "abandon",      NULL,     ON(STOP),                "do not let what runs finish")                             \
    X(ALL_ACTIONS,  "all-actions",  NULL,     ON(RETRY),               "run all of the stage's actions again, not only the failed") \
    X(SKIP,         "skip",         "ID",     ON(STACK),               "continue-rollback: leave this resource as it is; delete: retain it; may be given several times") \
    X(EVENTS,       "events",       NULL,     ON(STACK),               "print the stack's events alone, the oldest first")        \
    X(DRIFT,        "drift",        NULL,     ON(STACK),               "have AWS look for drift first")                           \
    X(FROM,         "from",         "BRANCH", ON(BRANCH),              "create, promote: the branch, or the commit, that it is made at or moved to") \
    X(REASON,       "reason",       "TEXT",   ON_OPERATES,             "why: AWS keeps it with a stop and a disabled transition, the audit with all") \
    X(COMMENT,      "comment",      "TEXT",   ON(APPROVE) | ON(REJECT), "what AWS keeps with the answer, at most 512 characters")      \
    X(DRY_RUN,      "dry-run",      NULL,     ON_OPERATES,             "show the plan and leave; nothing is written")             \
    X(YES,          "yes",          NULL,     ON_ACTS | ON_OPERATES,   "do not ask (never instead of a typed name)")              \
    X(CONFIRM,      "confirm",      "NAME",   ON_ACTS | ON_OPERATES,   "the name that would be typed")                            \
    X(WAIT,         "wait",         NULL,     ON_ACTS | ON_STARTS,     "stay until it has ended (for create, edit, delete and env the default)")                   \
    X(NO_WAIT,      "no-wait",      NULL,     ON_ACTS,                 "leave as soon as AWS goes on by itself, with exit code 8") \
    X(EXPORTS,      "exports",      NULL,     ON(CLONE),               "print the AWS credentials in use as exports for a shell, with their expiry") \
    X(READ_ONLY,    "read-only",    NULL,     ON_ALL,                  "refuse whatever would change AWS")                        \
    X(ASCII,        "ascii",        NULL,     ON_ALL,                  "use ASCII signs only")                                    \
    X(LINEAR,       "linear",       NULL,     ON_CONSOLE,              "sentences and numbered choices instead of a screen, for screen readers and dumb terminals") \
    X(LOW_BANDWIDTH,"low-bandwidth",NULL,     ON_CONSOLE,              "spare bytes on a slow line")                              \
    X(THEME,        "theme",        "NAME",   ON_CONSOLE,              "the colours: default, mono, colour-blind or light")       \
    X(LOG,          "log",          "FILE",   ON_ALL,                  "append what happens to FILE; never a secret")             \
    X(ITERATIONS,   "iterations",   "N",      ON_CONSOLE,              "draw so many frames and leave, for tests")                \
    X(HELP,         "help",         NULL,     ON_ALL,                  "print help and leave")                                    \
    X(VERSION,      "version",      NULL,     ON_ALL,                  "print the version and leave")
/* clang-format on */

#define VERB_ENUM(name, word, arguments, least, most, run, help, more) VERB_##name,
enum verb_id { VERB_LIST(VERB_ENUM) VERB_COUNT };
#undef VERB_ENUM

#define OPTION_ENUM(name, word, argument, verbs, help) OPTION_##name,
enum option_id { OPTION_LIST(OPTION_ENUM) OPTION_COUNT };
#undef OPTION_ENUM

_Static_assert((int)OPTION_COUNT <= (int)CLI_OPTION_MAX, "an option has a place in struct cli");
_Static_assert((int)VERB_COUNT < 64, "a verb has a bit in ON(...)");

/* What the option was given, or NULL; for one without a value "". */
const char *cli_option(const struct cli *cli, enum option_id option);

struct verb {
    const char *word; /* NULL: the console */
    const char *arguments;
    size_t least;
    size_t most;
    int (*run)(struct cli *cli); /* NULL: main's work */
    const char *help;            /* NULL: not shown to people */
    const char *more;
};

struct option_row {
    const char *word;
    const char *argument; /* NULL: none */
    uint64_t verbs;       /* ON(...) */
    const char *help;
};

extern const struct verb verb_table[VERB_COUNT];
extern const struct option_row option_table[OPTION_COUNT];

/* VERB_COUNT when there is none; NULL is the console. */
enum verb_id verb_find(const char *word);
bool option_fits(enum option_id option, enum verb_id verb);

/* The known word that was probably meant; NULL when none is near. */
const char *suggest_verb(const char *word);
const char *suggest_option(const char *word, size_t len);

#define VERB_DECLARE(name) int run_##name(struct cli *cli)
VERB_DECLARE(status);
VERB_DECLARE(watch);
VERB_DECLARE(sync);
VERB_DECLARE(describe);
VERB_DECLARE(logs);
VERB_DECLARE(failure);
VERB_DECLARE(approvals);
VERB_DECLARE(history);
VERB_DECLARE(release);
VERB_DECLARE(stop);
VERB_DECLARE(retry);
VERB_DECLARE(rollback);
VERB_DECLARE(approve);
VERB_DECLARE(reject);
VERB_DECLARE(transition);
VERB_DECLARE(override);
VERB_DECLARE(build);
VERB_DECLARE(wait);
VERB_DECLARE(plan);
VERB_DECLARE(create);
VERB_DECLARE(edit);
VERB_DECLARE(export);
VERB_DECLARE(delete);
VERB_DECLARE(clone);
VERB_DECLARE(git_credential);
VERB_DECLARE(env);
VERB_DECLARE(audit);
VERB_DECLARE(incident);
VERB_DECLARE(digest);
VERB_DECLARE(stack);
VERB_DECLARE(branch);
VERB_DECLARE(prompt);
VERB_DECLARE(completion);
VERB_DECLARE(help);
VERB_DECLARE(version);
VERB_DECLARE(man);
#undef VERB_DECLARE

#endif
