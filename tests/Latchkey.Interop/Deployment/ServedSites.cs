using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>Sites that a client can visit: one port, names under <c>example.test</c>, one authority to trust.</summary>
public abstract class ServedSites : IAsyncDisposable
{
    public abstract int Port { get; }

    public abstract DeploymentFiles Files { get; }

    public abstract IReadOnlyList<SitePlan> Sites { get; }

    public string CaFile => Files.CaFile;

    public SitePlan Site(string name) => Sites.Single(site => site.Name == name);

    public TestCertificate CertificateOf(string name, int index = 0) => Files.CertificateOf(Site(name), index);

    public abstract ValueTask DisposeAsync();
}
