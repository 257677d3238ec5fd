/* decode_bench penstock|bare FILE TIMES: microseconds to decode a GetPipelineState reply.
 *
 * penstock is what a reply goes through: parse, decode into an arena, free. bare is cJSON's parser
 * with libc's memory, a walk that looks at the strings of every stage and action, and the free. One
 * side per process, because cJSON's memory functions are global. */
#include "bench.h"

#include <cjson/cJSON.h>

#include "core/aws/codepipeline.h"
#include "core/base/file.h"

enum { BLOCKS = 15, CAP = 1 << 24 };

static size_t look(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text != NULL ? strlen(text) : 0;
}

static size_t look_action(const cJSON *action)
{
    const cJSON *latest = cJSON_GetObjectItemCaseSensitive(action, "latestExecution");
    size_t seen = look(action, "actionName") + look(action, "entityUrl");

    seen += look(latest, "status") + look(latest, "summary") + look(latest, "externalExecutionId");
    seen += look(latest, "externalExecutionUrl") + look(latest, "actionExecutionId");
    seen += look(cJSON_GetObjectItemCaseSensitive(action, "currentRevision"), "revisionId");
    return seen + look(cJSON_GetObjectItemCaseSensitive(latest, "errorDetails"), "message");
}

static size_t walk(const cJSON *json)
{
    const cJSON *stage;
    const cJSON *action;
    size_t seen = look(json, "pipelineName");

    cJSON_ArrayForEach(stage, cJSON_GetObjectItemCaseSensitive(json, "stageStates"))
    {
        seen += look(stage, "stageName");
        seen += look(cJSON_GetObjectItemCaseSensitive(stage, "latestExecution"), "status");
        cJSON_ArrayForEach(action, cJSON_GetObjectItemCaseSensitive(stage, "actionStates")) seen +=
            look_action(action);
    }
    return seen;
}

static void decode_bare(struct sv text)
{
    cJSON *json = cJSON_ParseWithLength(text.ptr, text.len);

    if (json == NULL || walk(json) == 0)
        bench_end("the sample is not what was expected", NULL);
    cJSON_Delete(json);
}

static void decode(struct sv text, struct arena *arena)
{
    struct pipeline_state state;
    struct err err;
    cJSON *json;

    bench_must(json_parse(text, &json, &err), "parse", &err);
    bench_must(decode_pipeline_state(json, arena, &state, &err), "decode", &err);
    if (state.stage_count == 0)
        bench_end("the sample is not what was expected", NULL);
    cJSON_Delete(json);
    arena_clear(arena);
}

int main(int argc, char **argv)
{
    bool is_bare = argc == 4 && strcmp(argv[1], "bare") == 0;
    long times = bench_number(argc == 4 ? argv[3] : NULL) / BLOCKS + 1;
    double us[BLOCKS];
    struct arena arena;
    struct err err;
    struct sb text;

    sb_init(&text, CAP);
    arena_init(&arena, CAP);
    bench_must(file_read(argv[2], CAP, &text, &err), argv[2], &err);
    for (int block = 0; block < BLOCKS; block++) {
        int64_t began = bench_cpu_ns();

        for (long i = 0; i < times && is_bare; i++)
            decode_bare(sb_sv(&text));
        for (long i = 0; i < times && !is_bare; i++)
            decode(sb_sv(&text), &arena);
        us[block] = (double)(bench_cpu_ns() - began) / 1000 / (double)times;
    }
    bench_put("bytes", (double)text.len);
    bench_put("us", bench_median(us, BLOCKS));
    arena_release(&arena);
    sb_release(&text);
    return 0;
}
