using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Clients;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Client.Tests;

/// <summary>One authority, a key server's certificate for 127.0.0.1 and localhost, and an edge's.</summary>
public sealed class LinkWorld : IDisposable
{
    private readonly TestAuthority _authority = TestAuthority.Create();

    public LinkWorld()
    {
        Authority = X509CertificateLoader.LoadCertificate(_authority.Certificate);
        Server = _authority.IssueServer(TestKey.EcdsaP256, "localhost", "127.0.0.1").WithPrivateKey();
        Edge = _authority.IssueClient("edge").WithPrivateKey();
    }

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Server { get; }

    public X509Certificate2 Edge { get; }

    public X509Certificate2 IssueServer(params string[] names) => _authority.IssueServer(TestKey.EcdsaP256, names).WithPrivateKey();

    internal RevocationLists Revoking(X509Certificate2 certificate) => new([_authority.RevocationListOf(certificate.RawData)], [Authority]);

    internal static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    internal KeyServerConnectionOptions Connection(X509Certificate2? edge = null, X509Certificate2? authority = null) => new()
    {
        Certificate = edge ?? Edge,
        TrustedAuthorities = [authority ?? Authority],
        ConnectTimeout = TimeSpan.FromSeconds(15), // a loaded machine; tests of the limit itself set their own
    };

    internal KeyServerClient Client(params int[] ports) => Named("home", ports);

    internal KeyServerClient Named(string name, params int[] ports) => Client(TimeProvider.System, NullLoggerFactory.Instance, name, ports);

    internal KeyServerClient Client(TimeProvider time, ILoggerFactory loggers, string name, params int[] ports) => Client(time, loggers, name, null, ports);

    /// <summary>With requests that are signed (L3).</summary>
    internal KeyServerClient Client(PrivateKey requestKey, params int[] ports) => Client(TimeProvider.System, NullLoggerFactory.Instance, "home", requestKey, ports);

    private KeyServerClient Client(TimeProvider time, ILoggerFactory loggers, string name, PrivateKey? requestKey, int[] ports) => new(
        new KeyServerClientOptions
        {
            RequestKey = requestKey,
            TimeProvider = time,
            Name = name,
            EndPoints = [.. ports.Select(port => $"127.0.0.1:{port}")],
            Certificate = Edge,
            TrustedAuthorities = [Authority],
            RequestTimeout = TimeSpan.FromSeconds(15),
            ConnectTimeout = TimeSpan.FromSeconds(15),
        },
        loggers);

    public void Dispose()
    {
        Authority.Dispose();
        Server.Dispose();
        Edge.Dispose();
        _authority.Dispose();
    }
}
