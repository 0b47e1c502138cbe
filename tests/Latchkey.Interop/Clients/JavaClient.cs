using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>Java's JSSE: <c>Programs/Visit.java</c>, run from source.</summary>
internal sealed class JavaClient : ForeignClient
{
    public override string Name => "java";

    public override string[] Programs => ["java", "javac"];

    public override async Task<Visit> VisitAsync(ServedSites sites, string host, string version, string path)
    {
        var java = Tool.SkipUnless("java", "javac");
        var result = await ChildProcess.RunAsync(
            java,
            ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", ClientProgram.Path("Visit.java"), $"{sites.Port}", host, $"TLSv{version}", sites.CaFile, path],
            timeout: TimeSpan.FromSeconds(90));
        return ClientProgram.ReadVisit(result);
    }
}
