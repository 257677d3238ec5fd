/* Reads each file named on the command line with ini_parse and prints one line of JSON for it: the
 * sections with their keys, or null when the file is refused. For ini_python.py. */
#include "core/base/file.h"
#include "core/base/ini.h"
#include "core/base/json.h"

static void put_entry(struct jw *w, const struct ini_entry *e)
{
    jw_name(w, e->key);
    if (e->children == NULL) {
        jw_sv(w, sv_of(e->value));
        return;
    }
    jw_open(w, '{');
    for (size_t i = 0; i < e->child_count; i++)
        jw_put_sv(w, e->children[i].key, sv_of(e->children[i].value));
    jw_close(w, '}');
}

static enum err_code put_file(const char *path, struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    CLEANUP(ini_release) struct ini ini = {0};
    struct jw w;
    enum err_code rc;

    sb_init(&text, INI_SIZE_MAX);
    rc = file_read(path, INI_SIZE_MAX, &text, err);
    if (rc)
        return rc;
    jw_init(&w, out, err);
    if (ini_parse(sb_sv(&text), path, &ini, err)) {
        jw_null(&w);
        return jw_done(&w);
    }
    jw_open(&w, '{');
    for (size_t i = 0; i < ini.section_count; i++) {
        jw_name(&w, ini.sections[i].name);
        jw_open(&w, '{');
        for (size_t j = 0; j < ini.sections[i].entry_count; j++)
            put_entry(&w, &ini.sections[i].entries[j]);
        jw_close(&w, '}');
    }
    jw_close(&w, '}');
    return jw_done(&w);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        CLEANUP(sb_release) struct sb line;
        struct err err = {0};

        sb_init(&line, 64 * 1024 * 1024);
        if (put_file(argv[i], &line, &err)) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        puts(sb_cstr(&line));
    }
    return 0;
}
