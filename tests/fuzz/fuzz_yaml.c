/* YAML: whatever is read stays within its caps and is JSON that prints; the rest has a sentence. */
#include "core/base/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    cJSON *json = NULL;
    char *text;
    enum err_code rc = yaml_parse(sv_make((const char *)data, size), &json, &err);

    if (rc && (err.code != rc || err.text[0] == '\0'))
        abort();
    if (rc)
        return 0;
    text = cJSON_PrintUnformatted(json);
    if (text == NULL)
        abort();
    cJSON_free(text);
    cJSON_Delete(json);
    return 0;
}
