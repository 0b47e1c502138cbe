using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Relay;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Relay;

/// <summary>What a conductor is told, as the bytes of a request.</summary>
internal static class BeginHandshakeArguments
{
    /// <summary>Encodes; the caller owns the result.</summary>
    /// <exception cref="PeerIncompatibleException">handshake_failure: the hello does not fit into a message of the link.</exception>
    /// <exception cref="KeyHolderFailedException">What the site adds does not.</exception>
    public static SecretBytes Encode(RelayedHello hello, bool finishedAtEdge)
    {
        var site = hello.Site;
        var chain = List16(hello.Certificate.Chain);
        var protocols = List8(site.ApplicationProtocols);
        var authorities = site.ClientCertificates is { } asked ? List16(asked.Verifier.AuthorityNames) : [];
        var ours = authorities.Length + chain.Length + protocols.Length + (2 * (site.CipherSuites?.Count ?? 0));
        var size = ours + hello.Message.Encoded.Length;
        QuestionSize.Require(size, ours);
        var writer = new FieldWriter(size + 512);
        try
        {
            new BeginHandshakeRequest
            {
                Finished = finishedAtEdge ? (byte)1 : (byte)0,
                Site = Encoding.UTF8.GetBytes(site.Name),
                Profile = (byte)site.Profile,
                MinVersion = (ushort)site.MinVersion,
                MaxVersion = (ushort)site.MaxVersion,
                CipherSuites = Suites(site),
                DhGroup = (ushort)site.DhGroup,
                Protocols = protocols,
                Resumption = ResumptionOf(site),
                ClientCertificates = site.ClientCertificates is { } clients ? (byte)(1 + (int)clients.Mode) : (byte)0,
                Authorities = authorities,
                Chain = chain,
                ClientHello = hello.Message.Encoded.Span,
            }.Write(ref writer);
            return SecretBytes.CopyOf(writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static HandshakeResumption ResumptionOf(TlsSite site)
    {
        // A session with a client certificate would go on without the edge having judged it anew.
        if (site.Resumption is not { } options || site.ClientCertificates is not null)
            return default;
        var flags = (options.HolderTickets ? HandshakeResumptionFlags.Tickets : 0)
            | (options.HolderIdentifiers ? HandshakeResumptionFlags.Identifiers : 0)
            | (options.SingleUse ? HandshakeResumptionFlags.SingleUse : 0);
        return new HandshakeResumption(flags, (uint)options.Lifetime.TotalSeconds, (byte)options.Tls13Tickets);
    }

    private static byte[] Suites(TlsSite site) =>
        [.. (site.CipherSuites ?? Enumerable.Empty<CipherSuite>()).SelectMany(suite => new[] { (byte)((ushort)suite >> 8), (byte)suite })];

    private static byte[] List8(IEnumerable<string> protocols) =>
        [.. protocols.Select(Encoding.Latin1.GetBytes).SelectMany(protocol => (byte[])[(byte)protocol.Length, .. protocol])];

    private static byte[] List16(IEnumerable<ReadOnlyMemory<byte>> values) =>
        [.. values.SelectMany(value => (byte[])[(byte)(value.Length >> 8), (byte)value.Length, .. value.Span])];
}
