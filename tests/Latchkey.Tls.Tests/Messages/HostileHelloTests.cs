using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Tests.Tls12;

namespace Latchkey.Tls.Tests.Messages;

/// <summary>Hellos cut short and changed: a ClientHello comes out, or a fault of the peer's; nothing else ever.</summary>
public sealed class HostileHelloTests
{
    private static readonly TlsSite Site = Tls12Site.Site(
        [Tls12Site.Load(Tls12Site.Ecdsa), Tls12Site.Load(Tls12Site.Rsa)], TlsProfile.Compatible, ["h2", "http/1.1"]);

    public static TheoryData<string> Names => SampleHellos.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_truncation_is_a_decode_error(string name)
    {
        var whole = SampleHellos.All[name];
        var wellFormed = new List<int>();
        for (var length = 0; length < whole.Body.Length; length++)
        {
            var cut = HandshakeMessage.Encode(HandshakeType.ClientHello, whole.Body.Span[..length]);
            try
            {
                Assert.Empty(ClientHello.Parse(cut).Extensions);
                wellFormed.Add(length);
            }
            catch (PeerMisbehavedException e)
            {
                Assert.Equal(AlertDescription.DecodeError, e.Alert);
            }
        }

        // The one exception: a hello may end where its extension block would begin (RFC 5246 §7.4.1.2).
        Assert.Single(wellFormed);
    }

    [Fact]
    public void Every_truncation_inside_an_extension_is_the_peers_fault_or_well_formed()
    {
        foreach (var (_, message) in SampleHellos.All)
        {
            foreach (var extension in ClientHello.Parse(message).Extensions)
            {
                for (var length = 0; length < extension.Body.Length; length++)
                    ParseAndNegotiate(new HelloBuilder().With(extension.Type, extension.Body[..length].ToArray()).Build());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_single_changed_byte_is_the_peers_fault_or_well_formed(string name)
    {
        var original = SampleHellos.All[name].Encoded.ToArray();
        for (var position = HandshakeMessage.HeaderSize; position < original.Length; position++)
        {
            foreach (var change in (byte[])[0x01, 0x80, 0xFF, (byte)(position * 37 | 2)])
            {
                var changed = original.ToArray();
                changed[position] ^= change;
                ParseAndNegotiate(new HandshakeMessage(changed));
            }
        }
    }

    [Fact]
    public void Many_changes_and_noise_are_the_peers_fault_or_well_formed()
    {
        var random = new Random(20261121);
        var wellFormed = 0;
        foreach (var (_, message) in SampleHellos.All)
        {
            for (var round = 0; round < 2000; round++)
            {
                var changed = message.Encoded.ToArray();
                for (var change = random.Next(1, 6); change > 0; change--)
                    changed[random.Next(HandshakeMessage.HeaderSize, changed.Length)] = (byte)random.Next(256);
                wellFormed += ParseAndNegotiate(new HandshakeMessage(changed)) ? 1 : 0;
            }
        }

        for (var round = 0; round < 2000; round++)
        {
            var noise = new byte[random.Next(600)];
            random.NextBytes(noise);
            ParseAndNegotiate(HandshakeMessage.Encode(HandshakeType.ClientHello, noise));
        }

        // The generator is worth something only where some of what it makes gets past the first field.
        Assert.InRange(wellFormed, 500, 9500);
    }

    /// <summary>Whether it was a ClientHello; whatever is thrown but a peer's fault fails the test.</summary>
    private static bool ParseAndNegotiate(HandshakeMessage message)
    {
        ClientHello hello;
        try
        {
            hello = ClientHello.Parse(message);
        }
        catch (PeerMisbehavedException e)
        {
            Assert.NotNull(e.Alert);
            return false;
        }

        Try(() => VersionNegotiation.Choose(hello, Site));
        Try(() => Tls12Choice.Choose(hello, Site, CryptoProvider.Default));
        Try(() => SuitePreference.Choose13(hello, Site));
        Try(() => GroupPreference.Choose13(hello, CryptoProvider.Default));
        Try(() => CertificateChoice.Choose13(hello, Site));
        return true;
    }

    private static void Try(Action negotiation)
    {
        try
        {
            negotiation();
        }
        catch (TlsException e)
        {
            Assert.True(e is PeerIncompatibleException or PeerMisbehavedException, e.ToString());
        }
    }
}
