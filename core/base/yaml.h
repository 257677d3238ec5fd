/* YAML as JSON: what templates and buildspecs are written in, read by libyaml with caps on text,
 * depth, values and what aliases repeat.
 *
 * Short tags become CloudFormation's long forms: !Ref x is {"Ref":x}, !GetAtt a.b is
 * {"Fn::GetAtt":["a","b"]}, !Name x is {"Fn::Name":x}. A plain scalar is a number only when the
 * number is written the same way again, so 3.10 and 012 stay the texts they are. JSON is YAML too.
 * Refused with line and column: a key that stands twice, merge keys, a second document. */
#ifndef PENSTOCK_BASE_YAML_H
#define PENSTOCK_BASE_YAML_H

#include "core/base/json.h"

enum { YAML_TEXT_MAX = 4 << 20, YAML_DEPTH_MAX = 100, YAML_VALUES_MAX = 100000 };

/* The caller frees *out with cJSON_Delete. ERR_REPLY: "... (line 3, column 5)"; ERR_LIMIT. */
enum err_code yaml_parse(struct sv text, cJSON **out, struct err *err) MUST_CHECK;

#endif
