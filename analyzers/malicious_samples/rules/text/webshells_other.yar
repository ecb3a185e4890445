// Web shells in JSP, and request input that becomes code in Python, Node, Ruby, Perl and Go.

rule jsp_command_from_request
{
    meta:
        version = 2
        type = "WebShell"
        score = 90
        family = "JSP command shell"
        description = "Java page that runs what arrives with the request"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $page = /<%|<jsp:(root|scriptlet|directive)|HttpServletR[e]quest|javax?\.serv[l]et|jakarta\.serv[l]et/
        $direct = /(getR[u]ntime\s{0,2}\(\)\s{0,2}\.\s{0,2}ex[e]c|ProcessB[u]ilder|\.ev[a]l)\s{0,2}\(\s{0,2}[^;\n]{0,80}(request|req|\w{1,12})\.get(Param[e]ter|Header|QueryString)\s{0,2}\(/
        $through = /String\s+(\w{1,20})\s{0,2}=\s{0,2}\w{1,12}\.get(Param[e]ter|Header)\s{0,2}\([^;\n]{1,60};[\s\S]{0,800}(getR[u]ntime\s{0,2}\(\)\s{0,2}\.\s{0,2}ex[e]c|new\s+ProcessB[u]ilder)\s{0,2}\(/
        $reflect = /(defineCl[a]ss|ClassLo[a]der)[\s\S]{0,1200}(base64|BASE64|Base64|AES|Cipher)[\s\S]{0,1200}getParam[e]ter|getParam[e]ter[\s\S]{0,1200}(base64|BASE64|Base64|AES|Cipher)[\s\S]{0,1200}(defineCl[a]ss|ClassLo[a]der)/
        $loader = /class\s+\w{1,12}\s+extends\s+ClassLo[a]der\s{0,3}\{[\s\S]{0,300}defineCl[a]ss/
        $key1 = /e45e329f[e]b5d925b|3c6e0b8a[9]c15224a/
        $key2 = /(getReader\s{0,2}\(\)\.readLine|getInputStream|equals\s{0,2}\(\s{0,2}pageContext|getSession|setAttribute\s{0,2}\(\s{0,2}"payload)/
    condition:
        $page and ($direct or $through or $reflect or ($loader and $key2) or $key1)
}

rule request_input_becomes_code
{
    meta:
        version = 2
        type = "WebShell"
        score = 80
        source = "heuristic"
        description = "Runs request input as code or command in Python, Node, Ruby, Perl or Go"
        reference = "https://cwe.mitre.org/data/definitions/94.html"
        code = true
    strings:
        $python = /\b(e[v]al|ex[e]c|os\.s[y]stem|os\.pop[e]n|commands\.getoutput|subprocess\.(run|call|Pop[e]n|check_output|getoutput|getstatusoutput))\s{0,2}\(\s{0,2}(\[?["'][^"'\n]{0,30}["'],?\s{0,2}[,%+]?\s{0,2}){0,3}(str\(|base64\.b64decode\(|f["'][^"'\n]{0,20}\{)?\s{0,2}(flask\.)?(request|self\.request)\.(args|form|values|json|data|GET|POST|cookies|headers|params|query_params|get_json|get_data|get_argument|stream|body|files)\b/
        $cgi = /\b(e[v]al|ex[e]c|os\.s[y]stem|os\.pop[e]n|subprocess\.\w{3,20})\s{0,2}\(\s{0,2}[^)\n]{0,40}(form|fs|cgi\.FieldStorage\(\))\s{0,2}(\[\s?["'][^\]\n]{1,30}\]\.value|\.getv[a]lue\s?\()/
        $node = /(^|[^.\w])(e[v]al|new\s+Funct[i]on|vm\.runIn\w{2,16}Context)\s{0,2}\(\s{0,2}(Buffer\.from\(|atob\(|decodeURIComponent\(|String\()?\s{0,2}(req|request|ctx(\.request)?)\.(query|body|params|headers|cookies|param)\b/
        $child = /child_pr[o]cess/
        $node_child = /(child|cp|child_pr[o]cess["')]{0,3}|childPr[o]cess|[^.\w])\.?\b(ex[e]c(Sync)?|ex[e]cFile(Sync)?|spawn(Sync)?)\s{0,2}\(\s{0,2}["'`]{0,1}[^"'`\n,)]{0,20}["'+\s${]{0,6}(Buffer\.from\(|atob\(|decodeURIComponent\(|String\()?\s{0,2}(req|request|ctx(\.request)?)\.(query|body|params|headers|cookies|param)\b/
        $node_url = /(^|[^.\w]|child|cp)\.?\b(ex[e]c(Sync)?|e[v]al)\s{0,2}\(\s{0,2}(url\.parse\(\s?req\.url[^\n)]{0,20}\)(\.query)|new URL\(\s?req\.url)/
        $ruby = /\b(e[v]al|instance_e[v]al|s[y]stem|ex[e]c|IO\.popen|`#\{)\s{0,2}\(?\s{0,2}(Base64\.decode64\()?\s{0,2}(params\s{0,2}\[\s{0,2}[:"']|cgi\s{0,2}\[["'])/
        $perl = /\b(e[v]al|s[y]stem|ex[e]c|qx)\s{0,2}[\({]?\s{0,2}["']?\s{0,2}(\$?\w{0,12}->)?(param\s{0,2}\(\s?["']|\$ENV\{["']?(QUERY_STRING|HTTP_))/
        $go = /ex[e]c\.Command\s{0,2}\([^)\n]{0,40}(r|req|request)\.(FormValue|URL\.Query\(\)\.Get|PostFormValue|Header\.Get)\s{0,2}\(/
    condition:
        any of ($python, $cgi, $node, $node_url, $ruby, $perl, $go) or ($child and $node_child)
}
