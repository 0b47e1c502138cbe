using Latchkey.Crypto;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Relay;

namespace Latchkey.Tls.Tests.Relay;

/// <summary>The conductor of relayed handshakes in the same process: what goes to and fro is the steps, as on the wire.</summary>
/// <param name="conductor">The site as the conductor sees it, with the key.</param>
/// <param name="handsOver">Variant F1: the edge gets the master secret.</param>
internal sealed class InProcessRelay(TlsSite conductor, bool handsOver) : HandshakeRelay
{
    private int _trips;

    /// <summary>Questions so far.</summary>
    public int Trips => Volatile.Read(ref _trips);

    /// <summary>Names of all steps and outcomes that came to the edge, reply by reply.</summary>
    public List<string> Replies { get; } = [];

    /// <summary>Called with each reply before it goes to the edge.</summary>
    public Func<RelayReply, RelayReply> Change { get; set; } = reply => reply;

    /// <summary>Handshakes that the edge has let go.</summary>
    public int Disposed { get; private set; }

    /// <summary>How the conductor asks for client certificates.</summary>
    public ClientCertificateMode? Mode => conductor.ClientCertificates?.Mode;

    /// <summary>The site as its edge sees it: same certificates, no key.</summary>
    /// <param name="clients">Whose certificates it accepts.</param>
    public TlsSite Edge(ClientCertificates? clients = null) => new()
    {
        Name = conductor.Name,
        Certificates = [.. conductor.Certificates.Select(certificate => new TlsCertificate { Chain = certificate.Chain, PublicKey = certificate.PublicKey, Custody = new RelayedCustody("handshake", this) })],
        Profile = conductor.Profile,
        ApplicationProtocols = conductor.ApplicationProtocols,
        MinVersion = conductor.MinVersion,
        MaxVersion = conductor.MaxVersion,
        ClientCertificates = clients,
    };

    public override ValueTask<RelayedHandshake> BeginAsync(RelayedHello hello, CancellationToken cancellationToken)
    {
        var options = new TlsServerOptions { Sites = new SiteTable([], conductor), Crypto = CryptoProvider.Default };
        return ValueTask.FromResult<RelayedHandshake>(new Handshake(this, new ConductedHandshake(options, conductor, hello.EndPoints, handsOver), hello.Message));
    }

    private RelayReply Record(RelayReply reply)
    {
        Interlocked.Increment(ref _trips);
        Replies.Add(string.Join(' ', [.. reply.Steps.Select(Name), reply.Outcome.GetType().Name]));
        return Change(reply);
    }

    private static string Name(RelayStep step) => step is MessageStep message ? message.Message.Type.ToString() : step.GetType().Name.Replace("Step", "", StringComparison.Ordinal);

    private sealed class Handshake(InProcessRelay relay, ConductedHandshake conducted, HandshakeMessage hello) : RelayedHandshake
    {
        public override RelayReply TakeFirstReply() => relay.Record(conducted.Begin(hello));

        public override async ValueTask<RelayReply> ContinueAsync(HandshakeMessage message, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return relay.Record(conducted.Continue(message));
        }

        public override void Dispose()
        {
            conducted.Dispose();
            relay.Disposed++;
        }
    }
}
