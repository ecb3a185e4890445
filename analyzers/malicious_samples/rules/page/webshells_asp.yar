// Web shells in ASP, ASP.NET and ColdFusion.

rule asp_code_from_request
{
    meta:
        version = 3
        type = "WebShell"
        score = 90
        family = "ASP and ASP.NET one-liner (China Chopper and relatives)"
        description = "Page that runs what arrives with the request"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $page = /<%|<script[^>\n]{0,60}runat\s?=|Web(Handler|Service)\s+Language/ nocase
        $eval = /\b(ev[a]l|ex[e]cute(global)?|executest[a]tement)(\s{1,3}\(?|\s{0,3}\()\s{0,3}\(?\s{0,3}(System\.Text\.Encoding[^;\n]{0,80})?r[e]quest(\.(item|form|querystring|params|headers|cookies))?\s{0,2}[\[\(]/ nocase
        $start = /(St[a]rtInfo\b|Process\.St[a]rt|WScr[i]pt\.Sh[e]ll|Sh[e]ll\.Application)/ nocase
        $cmd = /(cmd(\.exe)?|powershell|\/bin\/(ba)?sh|%comspec%)/ nocase
        $input = /(Request\s?[\[\(.](Item|Form|QueryString|Params|\[|"|\()|txtArg|txtCmd|\.Text\b[^\n]{0,60}\/c)/ nocase
        $chopper = /<%@?\s?(Page)?\s{0,3}Language\s?=\s?["']?Jscr[i]pt["']?[^>]{0,60}%>\s{0,4}<%\s{0,4}ev[a]l/ nocase
        $load = /Assembly\.Lo[a]d\s?\([\s\S]{0,300}(Request|Decryptor|FromBase64)/
        $load_request = /Request\s?[\[\(.](Item|Form|BinaryRead|\[|")[\s\S]{0,600}Assembly"?\)?\.?\s?(GetMethod\(\s?"Lo[a]d|Lo[a]d)/
        $out = /(ReadToEnd|StdOut|\.Exec\s?\()/ nocase
    condition:
        $page and ($eval or $chopper or (filesize < 400KB and $start and $cmd and $input and $out) or ($load and $load_request))
}

rule cfm_command_from_request
{
    meta:
        type = "WebShell"
        score = 86
        family = "ColdFusion command shell"
        description = "ColdFusion page that runs what arrives with the request"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
    strings:
        $run = /<cfex[e]cute\s[^>]{0,200}(name|arguments)\s?=\s?["']?#?\s?(form|url|cgi|cookie)\./ nocase
        $run2 = /<cfex[e]cute\s[^>]{0,200}#(form\.|url\.|cmd|opts)/ nocase
    condition:
        any of them
}

