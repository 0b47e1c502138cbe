using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>Node's <c>https</c> or <c>http2</c>: <c>Programs/visit.mjs</c>.</summary>
internal sealed class NodeClient(string module) : ForeignClient
{
    public override string Name => $"node-{module}";

    public override string[] Programs => ["node"];

    public override async Task<Visit> VisitAsync(ServedSites sites, string host, string version, string path) =>
        ClientProgram.ReadVisit(await ChildProcess.RunAsync(
            Tool.SkipUnless("node"),
            [ClientProgram.Path("visit.mjs"), module, $"{sites.Port}", host, $"TLSv{version}", sites.CaFile, path]));
}
