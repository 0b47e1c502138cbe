using System.Formats.Asn1;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Operations;
using Latchkey.Tls;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Relay;

/// <summary>The site of a relayed handshake: what its edge says of it, and the key that is here.</summary>
internal static class RelayedSite
{
    /// <summary>Whether the chain's first certificate carries this key: no other may be presented with its signatures (attack 12).</summary>
    public static bool IsCertificateOf(StoredKey key, in BeginHandshakeRequest request)
    {
        var chain = new FieldReader(request.Chain);
        try
        {
            return KeyIds.SubjectPublicKey(TlsCertificate.SubjectPublicKeyInfoOf(chain.Vector16().ToArray())).Span
                .SequenceEqual(KeyIds.SubjectPublicKey(key.Private.SubjectPublicKeyInfo).Span);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>Makes the site; the key stays leased while it is used.</summary>
    /// <param name="request">What its edge says.</param>
    /// <param name="key">The lease's.</param>
    /// <param name="lease">Whose site it is.</param>
    /// <param name="services">What operations share.</param>
    public static TlsSite Create(in BeginHandshakeRequest request, RelayedHandshakeKey key, KeyLease lease, OperationServices services) => new()
    {
        Name = Encoding.UTF8.GetString(request.Site),
        Certificates =
        [
            new TlsCertificate
            {
                Chain = ReadList16(request.Chain),
                PublicKey = lease.Key.Public,
                Custody = new SignatureCustody("relayed", key),
            },
        ],
        Profile = (TlsProfile)request.Profile,
        CipherSuites = request.CipherSuites.IsEmpty ? null : ReadSuites(request.CipherSuites),
        DhGroup = (NamedGroup)request.DhGroup,
        MinVersion = (TlsVersion)request.MinVersion,
        MaxVersion = (TlsVersion)request.MaxVersion,
        ApplicationProtocols = ReadProtocols(request.Protocols),
        ClientCertificates = request.ClientCertificates == 0 ? null : new ClientCertificates
        {
            Mode = (ClientCertificateMode)(request.ClientCertificates - 1),
            Verifier = new EdgeJudges(ReadList16(request.Authorities)),
        },
        Resumption = ReadResumption(request, lease, services),
    };

    // No early data: what a client may send before its handshake is over would have to be relayed too, or opened without its verdict.
    private static ResumptionOptions? ReadResumption(in BeginHandshakeRequest request, KeyLease lease, OperationServices services)
    {
        var flags = request.Resumption.Flags;
        if ((flags & (HandshakeResumptionFlags.Tickets | HandshakeResumptionFlags.Identifiers)) == 0)
            return null;
        return new ResumptionOptions
        {
            Tickets = flags.HasFlag(HandshakeResumptionFlags.Tickets) ? new RelayedTickets(lease, request.Site.ToArray(), request.HandsOver, services) : null,
            SessionIdentifiers = flags.HasFlag(HandshakeResumptionFlags.Identifiers) ? new RelayedSessions(lease, request.HandsOver, services) : null,
            Lifetime = TimeSpan.FromSeconds(Math.Min(request.Resumption.LifetimeSeconds, ResumptionPolicy.MaxLifetime.TotalSeconds)),
            Tls13Tickets = request.Resumption.Tls13Tickets,
            SingleUse = flags.HasFlag(HandshakeResumptionFlags.SingleUse),
        };
    }

    private static HashSet<CipherSuite> ReadSuites(ReadOnlySpan<byte> list)
    {
        var suites = new HashSet<CipherSuite>();
        var reader = new FieldReader(list);
        while (!reader.IsAtEnd)
            suites.Add((CipherSuite)reader.UInt16());
        return suites;
    }

    // Latin-1, as the engine reads a ClientHello's names: octets above 127 compare as what they are.
    private static List<string> ReadProtocols(ReadOnlySpan<byte> list)
    {
        var protocols = new List<string>();
        var reader = new FieldReader(list);
        while (!reader.IsAtEnd)
            protocols.Add(Encoding.Latin1.GetString(reader.Vector8()));
        return protocols;
    }

    private static List<ReadOnlyMemory<byte>> ReadList16(ReadOnlySpan<byte> list)
    {
        var values = new List<ReadOnlyMemory<byte>>();
        var reader = new FieldReader(list);
        while (!reader.IsAtEnd)
            values.Add(reader.Vector16().ToArray());
        return values;
    }

    /// <summary>That the client has its key is verified here; whether its chain is accepted, the edge decides.</summary>
    private sealed class EdgeJudges(IReadOnlyList<ReadOnlyMemory<byte>> authorities) : ClientCertificateVerifier
    {
        public override IReadOnlyList<ReadOnlyMemory<byte>> AuthorityNames => authorities;

        public override ValueTask<ClientCertificateVerdict> VerifyAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, DateTimeOffset now, CancellationToken cancellationToken) =>
            ValueTask.FromResult(ClientCertificateVerdict.Accepted);
    }
}
