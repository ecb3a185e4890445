// What a request or a connection brings, kept and run.

rule request_becomes_code_later
{
    meta:
        version = 2
        type = "WebShell"
        score = 78
        source = "heuristic"
        unowned = true
        description = "Keeps what a request or a connection brings and runs it as code, command or program"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
        confirm = "request"
    strings:
        $python = /\b(os\.(s[y]stem|pop[e]n|exec\w{1,3})|subpr[o]cess\.\w{3,20}|Pop[e]n|create_subpr[o]cess_shell)\s?\(\s?\[?\s?["'\w]|\n[ \t]{1,40}(\w{1,20}\s?=\s?)?(ex[e]c|ev[a]l)\s?\(\s?\w/
        $child = /\bchild_pr[o]cess\b/
        $perl = /->par[a]m\s?\(/
        $ruby = /\bpar[a]ms\s?\[\s?[:"']/
        $ruby_runs = /`#\{|%x.#\{|\bIO\.pop[e]n|\bOp[e]n3\.|\b(syst[e]m|ex[e]c)[ (]"?[#\w]/
        $cgi = /\$ENV\{["']?QUERY_STR[I]NG|\bos\.g[e]tenv\s?\(\s?["']QUERY_STR[I]NG|\bngx\.req\.g[e]t_|\bngx\.var\.(arg|http)_/
    condition:
        any of ($python, $child, $perl, $cgi) or ($ruby and $ruby_runs)
}
