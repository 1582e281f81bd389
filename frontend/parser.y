/* parser.y - the grammar of one top-level item.
 *
 * parse.c pushes the tokens of one item after another; the parser never sees two. An error ends the item: there are
 * no error rules. Semantic values live in arenas, so nothing is destroyed. Contextual keywords are tokens of their
 * own, and `name` takes them back where a name is meant. */
%define api.pure full
%define api.push-pull push
%define api.prefix {ptoc_yy}
%define api.token.prefix {TOKEN_}
%define api.location.type {Span}
%define parse.lac full
%define parse.error custom
%locations
%expect 0
%parse-param {Syntax *s}

%code requires {
#include "frontend/syntax.h"
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n) \
    ((current) = (n) ? (Span){YYRHSLOC(rhs, 1).file, YYRHSLOC(rhs, 1).begin, YYRHSLOC(rhs, n).end} \
                     : (Span){YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end})
/* Only the exhausted stack is said here; syntax errors have their own report. */
static void ptoc_yyerror(const Span *span, Syntax *s, const char *message) {
    (void)message;
    syntax_nesting_error(s, *span);
}
}

%union {
    TokenValue token;
    AstName name;
    AstNameList names;
    AstExpr *expr;
    AstExprList exprs;
    AstArg arg;
    AstArgList args;
    AstSelector selector;
    AstSelectorList selectors;
    AstType type;
    AstBlock *block;
    AstStmt *stmt;
    AstAxis *axis;
    AstAxisList axes;
    AstParam *param;
    AstParamList params;
    AstDirection direction;
    AstItem *item;
}

%token YYEOF 0 "end of file"
%token <token> NAME "name" INTEGER "integer" FLOAT "float" STRING "string"
%token LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]" LBRACE "{" RBRACE "}"
%token COMMA "," SEMICOLON ";" COLON ":" COLON_PLUS ":+" DOT "." DOT_DOT ".." AT "@" ASSIGN "="
%token OR_OR "||" AND_AND "&&" EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">="
%token OR "|" XOR "^" AND "&" SHL "<<" SHR ">>" PLUS "+" MINUS "-" STAR "*" SLASH "/" PERCENT "%" NOT "!" TILDE "~"
%token <token> CONST "const" FUNC "func" KERNEL "kernel" WORKLOAD "workload" FOR "for" IN "in" LET "let" VAR "var"
%token <token> IF "if" ELSE "else" PARALLEL "parallel" TIER "tier" RETURN "return"
%token <token> TRUE "true" FALSE "false" INF "inf" NAN "nan"
%token <token> MODULE "module" IMPORT "import" SCHEDULE "schedule" EXAMPLE "example" OUT "out" INOUT "inout"
%token <token> WHERE "where" PIPE "pipe" CHANNEL "channel" PROCESS "process" SEND "send" RECEIVE "receive" AS "as"
%token <token> TEMP "temp" STEP "step" DEPTH "depth" EXPECT "expect" WITHIN "within" ON "on"

%left "||"
%left "&&"
%nonassoc "==" "!=" "<" "<=" ">" ">="
%left "|"
%left "^"
%left "&"
%left "<<" ">>"
%left "+" "-"
%left "*" "/" "%"
%precedence UNARY

%type <token> contextual word
%type <name> name member
%type <names> names func_params on_targets targets
%type <name> for_workload target
%type <expr> expr postfix atom tolerance step channel_depth initial
%type <exprs> exprs exprs_comma assigned where
%type <arg> arg directive_arg
%type <args> args arg_list directive_args directive_arg_list
%type <selector> selector
%type <selectors> selectors
%type <type> type
%type <block> block stmts otherwise
%type <stmt> stmt simple_stmt if_stmt if_arms parallel_stmt
%type <axis> axis
%type <axes> axes
%type <param> param plain_param
%type <params> params param_list
%type <direction> direction
%type <item> item directives bindings

%start item

%%

item:
  "module" name ";"                                 { $$ = s->item = syntax_item(s, AST_ITEM_MODULE, @$, $2); }
| "import" STRING ";"                               { $$ = s->item = syntax_import(s, @$, @2, &$2); }
| "const" name "=" expr ";"                         { $$ = s->item = syntax_item(s, AST_ITEM_CONST, @$, $2);
                                                      $$->u.constant = $4; }
| "func" name "(" func_params ")" "=" expr ";"      { $$ = s->item = syntax_item(s, AST_ITEM_FUNC, @$, $2);
                                                      $$->u.func.params = $4; $$->u.func.value = $7; }
| "func" name "(" func_params ")" block             { $$ = s->item = syntax_item(s, AST_ITEM_FUNC, @$, $2);
                                                      $$->u.func.params = $4; $$->u.func.body = $6; }
| "kernel" name "(" params ")" where block          { $$ = s->item = syntax_item(s, AST_ITEM_KERNEL, @$, $2);
                                                      $$->u.kernel.params = $4; $$->u.kernel.where = $6;
                                                      $$->u.kernel.body = $7; }
| "workload" name "(" params ")" block              { $$ = s->item = syntax_item(s, AST_ITEM_WORKLOAD, @$, $2);
                                                      $$->u.workload.params = $4; $$->u.workload.body = $6; }
| "schedule" name for_workload on_targets "{" directives "}"
                                                    { $$ = $6; $$->span = @$; $$->name = $2; s->item = $$;
                                                      $$->u.schedule.workload = $3; $$->u.schedule.targets = $4; }
| "example" name "for" name "{" bindings "}"        { $$ = $6; $$->span = @$; $$->name = $2; s->item = $$;
                                                      $$->u.example.workload = $4; }
;

/* ---- names ----------------------------------------------------------------------------------- */

contextual:
  MODULE | IMPORT | SCHEDULE | EXAMPLE | OUT | INOUT | WHERE | PIPE | CHANNEL | PROCESS | SEND | RECEIVE | AS
| TEMP | STEP | DEPTH | EXPECT | WITHIN | ON
;
name:
  NAME                                              { $$ = (AstName){$1.text, @1}; }
| contextual                                        { $$ = (AstName){$1.text, @1}; }
;
word:
  NAME | contextual
| CONST | FUNC | KERNEL | WORKLOAD | FOR | IN | LET | VAR | IF | ELSE | PARALLEL | TIER | RETURN
| TRUE | FALSE | INF | NAN
;
member: word                                        { $$ = (AstName){$1.text, @1}; } ;
names:
  name                                              { $$ = (AstNameList){0}; SYNTAX_PUSH(s, &$$, $1); }
| names "," name                                    { $$ = $1; SYNTAX_PUSH(s, &$$, $3); }
;

/* ---- items ----------------------------------------------------------------------------------- */

func_params:
  %empty                                            { $$ = (AstNameList){0}; }
| names
| names ","
;
where:
  %empty                                            { $$ = (AstExprList){0}; }
| "where" exprs_comma                               { $$ = $2; }
;
params:
  %empty                                            { $$ = (AstParamList){0}; }
| param_list
| param_list ","
;
param_list:
  param                                             { $$ = (AstParamList){0}; SYNTAX_PUSH(s, &$$, *$1); }
| param_list "," param                              { $$ = $1; SYNTAX_PUSH(s, &$$, *$3); }
;
param:
  plain_param
| "@" name plain_param                              { $$ = syntax_attributed_param(s, @$, $2, $3); }
;
plain_param:
  "const" name ":" NAME                             { $$ = syntax_param(s, AST_PARAM_CONST, @$, $2);
                                                      $$->type = (AstType){.span = @4, .elem = {$4.text, @4}}; }
| name ":" direction type                           { $$ = syntax_tensor_param(s, @$, $1, $3, $4); }
| name ":" NAME initial                             { $$ = syntax_param(s, AST_PARAM_SCALAR, @$, $1);
                                                      $$->type = (AstType){.span = @3, .elem = {$3.text, @3}};
                                                      $$->initial = $4; }
;
direction:
  "in"                                              { $$ = AST_DIR_IN; }
| "out"                                             { $$ = AST_DIR_OUT; }
| "inout"                                           { $$ = AST_DIR_INOUT; }
;
initial:
  %empty                                            { $$ = NULL; }
| "=" expr                                          { $$ = $2; }
;
type:
  NAME "[" exprs_comma "]"                          { $$ = (AstType){@$, {$1.text, @1}, true, $3}; }
;
for_workload:
  %empty                                            { $$ = (AstName){NULL, @$}; }
| "for" name                                        { $$ = $2; }
;
on_targets:
  %empty                                            { $$ = (AstNameList){0}; }
| "on" targets                                      { $$ = $2; }
| "on" targets ","                                  { $$ = $2; }
;
targets:
  target                                            { $$ = (AstNameList){0}; SYNTAX_PUSH(s, &$$, $1); }
| targets "," target                                { $$ = $1; SYNTAX_PUSH(s, &$$, $3); }
;
target:
  name
| target "-" name                                   { $$ = syntax_join_target(s, $1, $3); }
;
directives:
  %empty                                            { $$ = syntax_item(s, AST_ITEM_SCHEDULE, @$, (AstName){0}); }
| directives name "(" directive_args ")" ";"        { $$ = $1; SYNTAX_PUSH(s, &$$->u.schedule.directives,
                                                          (AstDirective){span_join(@2, @6), $2, $4}); }
;
bindings:
  %empty                                            { $$ = syntax_item(s, AST_ITEM_EXAMPLE, @$, (AstName){0}); }
| bindings name "=" expr ";"                        { $$ = $1; SYNTAX_PUSH(s, &$$->u.example.bindings,
                                                          (AstBinding){span_join(@2, @5), $2, $4}); }
| bindings "expect" name "=" expr tolerance ";"     { $$ = $1; SYNTAX_PUSH(s, &$$->u.example.expects,
                                                          (AstExpect){span_join(@2, @7), $3, $5, $6}); }
;
tolerance:
  %empty                                            { $$ = NULL; }
| "within" expr                                     { $$ = $2; }
;

/* ---- statements ------------------------------------------------------------------------------ */

block: "{" stmts "}"                                { $$ = $2; $$->span = @$; } ;
stmts:
  %empty                                            { $$ = ARENA_NEW(s->arena, AstBlock); }
| stmts stmt                                        { $$ = $1; SYNTAX_PUSH(s, &$$->stmts, $2); }
;
stmt:
  simple_stmt ";"                                   { $$ = $1; $$->span = @$; }
| "for" axis block                                  { $$ = syntax_stmt(s, AST_STMT_FOR, @$, @1);
                                                      $$->u.loop.axis = *$2; $$->u.loop.body = $3; }
| parallel_stmt
| "@" name parallel_stmt                            { $$ = syntax_attributed(s, @$, $2, $3); }
| if_stmt
| "tier" expr "in" "[" exprs_comma "]" block otherwise  { $$ = syntax_tier(s, @$, @1, $2, $5, $7, $8); }
| "pipe" block                                      { $$ = syntax_stmt(s, AST_STMT_PIPE, @$, @1); $$->u.pipe = $2; }
| "process" name block                              { $$ = syntax_stmt(s, AST_STMT_PROCESS, @$, @1);
                                                      $$->u.process.name = $2; $$->u.process.body = $3; }
| "send" name "as" name block                       { $$ = syntax_transfer(s, AST_STMT_SEND, @$, @1, $2, $4, $5); }
| "receive" name "as" name block                    { $$ = syntax_transfer(s, AST_STMT_RECEIVE, @$, @1, $2, $4, $5); }
;
simple_stmt:
  "let" names "=" expr                              { $$ = syntax_bind(s, AST_STMT_LET, @$, @1, $2, $4); }
| "var" names "=" expr                              { $$ = syntax_bind(s, AST_STMT_VAR, @$, @1, $2, $4); }
| assigned "=" expr                                 { $$ = syntax_assign(s, @$, @2, $1, $3); }
| expr                                              { $$ = syntax_call_stmt(s, @$, $1); }
| "temp" name ":" type                              { $$ = syntax_stmt(s, AST_STMT_TEMP, @$, @1);
                                                      $$->u.temp.name = $2; $$->u.temp.type = $4; }
| "channel" name ":" type channel_depth             { $$ = syntax_stmt(s, AST_STMT_CHANNEL, @$, @1);
                                                      $$->u.channel.name = $2; $$->u.channel.type = $4;
                                                      $$->u.channel.depth = $5; }
| "return" exprs                                    { $$ = syntax_stmt(s, AST_STMT_RETURN, @$, @1);
                                                      $$->u.results = $2; }
;
assigned:
  expr                                              { $$ = (AstExprList){0}; SYNTAX_PUSH(s, &$$, $1); }
| assigned "," expr                                 { $$ = $1; SYNTAX_PUSH(s, &$$, $3); }
;
channel_depth:
  %empty                                            { $$ = NULL; }
| "depth" expr                                      { $$ = $2; }
;
parallel_stmt:
  "parallel" block                                  { $$ = syntax_parallel(s, @$, @1, (AstAxisList){0}, $2); }
| "parallel" axes block                             { $$ = syntax_parallel(s, @$, @1, $2, $3); }
| "parallel" axes "," block                         { $$ = syntax_parallel(s, @$, @1, $2, $4); }
;
axes:
  axis                                              { $$ = (AstAxisList){0}; SYNTAX_PUSH(s, &$$, *$1); }
| axes "," axis                                     { $$ = $1; SYNTAX_PUSH(s, &$$, *$3); }
;
axis:
  name "in" expr                                    { $$ = syntax_axis(s, AST_AXIS_COUNT, @$, $1, NULL, $3, NULL); }
| name "in" expr ".." expr step                     { $$ = syntax_axis(s, AST_AXIS_RANGE, @$, $1, $3, $5, $6); }
| name ":+" name "in" expr ".." expr "step" expr    { $$ = syntax_axis(s, AST_AXIS_BLOCK, @$, $1, $5, $7, $9);
                                                      $$->length = $3; }
| "(" name "," name ")" "in" expr                   { $$ = syntax_axis(s, AST_AXIS_PAIR, @$, $4, NULL, $7, NULL);
                                                      $$->position = $2; }
;
step:
  %empty                                            { $$ = NULL; }
| "step" expr                                       { $$ = $2; }
;
if_stmt:
  if_arms
| if_arms "else" block                              { $$ = $1; $$->span = @$; $$->u.branch.else_body = $3; }
;
if_arms:
  "if" expr block                                   { $$ = syntax_if(s, @$, @1, $2, $3); }
| if_arms "else" "if" expr block                    { $$ = $1; syntax_push_arm(s, $$, @$, $4, $5); }
;
otherwise:
  %empty                                            { $$ = NULL; }
| "else" block                                      { $$ = $2; }
;

/* ---- expressions ----------------------------------------------------------------------------- */

exprs:
  expr                                              { $$ = (AstExprList){0}; SYNTAX_PUSH(s, &$$, $1); }
| exprs "," expr                                    { $$ = $1; SYNTAX_PUSH(s, &$$, $3); }
;
exprs_comma: exprs | exprs "," ;

expr:
  postfix
| "-" expr %prec UNARY                              { $$ = syntax_unary(s, AST_UNARY_NEG, @$, @1, $2); }
| "!" expr %prec UNARY                              { $$ = syntax_unary(s, AST_UNARY_NOT, @$, @1, $2); }
| "~" expr %prec UNARY                              { $$ = syntax_unary(s, AST_UNARY_BITNOT, @$, @1, $2); }
| expr "||" expr                                    { $$ = syntax_binary(s, AST_BINARY_OR_OR, @$, @2, $1, $3); }
| expr "&&" expr                                    { $$ = syntax_binary(s, AST_BINARY_AND_AND, @$, @2, $1, $3); }
| expr "==" expr                                    { $$ = syntax_binary(s, AST_BINARY_EQ, @$, @2, $1, $3); }
| expr "!=" expr                                    { $$ = syntax_binary(s, AST_BINARY_NE, @$, @2, $1, $3); }
| expr "<" expr                                     { $$ = syntax_binary(s, AST_BINARY_LT, @$, @2, $1, $3); }
| expr "<=" expr                                    { $$ = syntax_binary(s, AST_BINARY_LE, @$, @2, $1, $3); }
| expr ">" expr                                     { $$ = syntax_binary(s, AST_BINARY_GT, @$, @2, $1, $3); }
| expr ">=" expr                                    { $$ = syntax_binary(s, AST_BINARY_GE, @$, @2, $1, $3); }
| expr "|" expr                                     { $$ = syntax_binary(s, AST_BINARY_OR, @$, @2, $1, $3); }
| expr "^" expr                                     { $$ = syntax_binary(s, AST_BINARY_XOR, @$, @2, $1, $3); }
| expr "&" expr                                     { $$ = syntax_binary(s, AST_BINARY_AND, @$, @2, $1, $3); }
| expr "<<" expr                                    { $$ = syntax_binary(s, AST_BINARY_SHL, @$, @2, $1, $3); }
| expr ">>" expr                                    { $$ = syntax_binary(s, AST_BINARY_SHR, @$, @2, $1, $3); }
| expr "+" expr                                     { $$ = syntax_binary(s, AST_BINARY_ADD, @$, @2, $1, $3); }
| expr "-" expr                                     { $$ = syntax_binary(s, AST_BINARY_SUB, @$, @2, $1, $3); }
| expr "*" expr                                     { $$ = syntax_binary(s, AST_BINARY_MUL, @$, @2, $1, $3); }
| expr "/" expr                                     { $$ = syntax_binary(s, AST_BINARY_DIV, @$, @2, $1, $3); }
| expr "%" expr                                     { $$ = syntax_binary(s, AST_BINARY_REM, @$, @2, $1, $3); }
;
postfix:
  atom
| postfix "(" args ")"                              { $$ = syntax_call(s, @$, $1, $3); }
| postfix "[" selectors "]"                         { $$ = syntax_index(s, @$, $1, $3); }
| postfix "[" selectors "," "]"                     { $$ = syntax_index(s, @$, $1, $3); }
| postfix "." member                                { $$ = syntax_member(s, @$, $1, $3); }
;
atom:
  INTEGER                                           { $$ = syntax_literal(s, AST_EXPR_INT, @$, &$1); }
| FLOAT                                             { $$ = syntax_literal(s, AST_EXPR_FLOAT, @$, &$1); }
| STRING                                            { $$ = syntax_literal(s, AST_EXPR_STRING, @$, &$1); }
| INF                                               { $$ = syntax_float_word(s, @$, &$1); }
| NAN                                               { $$ = syntax_float_word(s, @$, &$1); }
| TRUE                                              { $$ = syntax_boolean(s, @$, true); }
| FALSE                                             { $$ = syntax_boolean(s, @$, false); }
| name                                              { $$ = syntax_name_expr(s, $1); }
| "(" expr ")"                                      { $$ = syntax_parenthesized($2, @$); }
| "[" "]"                                           { $$ = syntax_list(s, @$, (AstExprList){0}); }
| "[" exprs_comma "]"                               { $$ = syntax_list(s, @$, $2); }
;
selectors:
  selector                                          { $$ = (AstSelectorList){0}; SYNTAX_PUSH(s, &$$, $1); }
| selectors "," selector                            { $$ = $1; SYNTAX_PUSH(s, &$$, $3); }
;
selector:
  expr                                              { $$ = (AstSelector){AST_SELECT_INDEX, @$, $1, NULL}; }
| expr ":" expr                                     { $$ = (AstSelector){AST_SELECT_RANGE, @$, $1, $3}; }
| expr ":+" expr                                    { $$ = (AstSelector){AST_SELECT_BLOCK, @$, $1, $3}; }
| ":"                                               { $$ = (AstSelector){AST_SELECT_FULL, @$, NULL, NULL}; }
;
args:
  %empty                                            { $$ = (AstArgList){0}; }
| arg_list
| arg_list ","
;
arg_list:
  arg                                               { $$ = (AstArgList){0}; syntax_push_arg(s, &$$, $1); }
| arg_list "," arg                                  { $$ = $1; syntax_push_arg(s, &$$, $3); }
;
arg:
  expr                                              { $$ = (AstArg){.span = @$, .value = $1}; }
| expr ":+" expr                                    { $$ = (AstArg){.span = @$, .value = $1, .length = $3}; }
| name "=" expr                                     { $$ = (AstArg){.span = @$, .name = $1, .value = $3}; }
;
directive_args:
  %empty                                            { $$ = (AstArgList){0}; }
| directive_arg_list
| directive_arg_list ","
;
directive_arg_list:
  directive_arg                                     { $$ = (AstArgList){0}; syntax_push_arg(s, &$$, $1); }
| directive_arg_list "," directive_arg              { $$ = $1; syntax_push_arg(s, &$$, $3); }
;
directive_arg:
  expr                                              { $$ = (AstArg){.span = @$, .value = $1}; }
| expr "=" expr                                     { $$ = syntax_named_arg(s, @$, $1, $3); }
;

%%

/* Hands the names of the acceptable tokens to the message builder. */
static int yyreport_syntax_error(const yypcontext_t *context, Syntax *s) {
    enum { MOST = 96 };
    yysymbol_kind_t kinds[MOST];
    const char *names[MOST];
    int count = yypcontext_expected_tokens(context, kinds, MOST);
    for (int i = 0; i < count; i++)
        names[i] = yysymbol_name(kinds[i]);
    syntax_unexpected(s, names, count > 0 ? count : 0);
    return 0;
}
