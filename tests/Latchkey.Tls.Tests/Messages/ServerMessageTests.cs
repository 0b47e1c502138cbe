using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Messages;

/// <summary>What we write, byte for byte.</summary>
public sealed class ServerMessageTests
{
    private static readonly byte[] Random = [.. Enumerable.Repeat((byte)0xAA, 32)];
    private const string RandomHex = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    [Fact]
    public void The_server_hello_of_tls_1_3_ends_with_the_public_value()
    {
        var prefix = ServerHello13.EncodePrefix(Random, [1, 2], CipherSuite.TLS_AES_128_GCM_SHA256, NamedGroup.X25519);
        AssertHex($"02000058 0303 {RandomHex} 020102 1301 00 002e 002b00020304 00330024001d0020", prefix.Span);
        byte[] share = [.. Enumerable.Repeat((byte)0x55, 32)];
        var whole = ServerHello13.Complete(prefix, share);
        Assert.Equal(0x58, whole.Encoded.Length - HandshakeMessage.HeaderSize);
        Assert.Equal(share, whole.Encoded[^32..].ToArray());
    }

    [Theory]
    [InlineData(NamedGroup.Secp256r1)]
    [InlineData(NamedGroup.Secp384r1)]
    [InlineData(NamedGroup.X25519)]
    public void The_sizes_of_public_values_are_those_the_provider_makes(NamedGroup group)
    {
        using var exchange = CryptoProvider.Default.CreateKeyExchange(group);
        Assert.Equal(exchange.PublicValue.Length, group.ServerShareSize());
    }

    [Fact]
    public void A_hello_retry_request_names_the_group_under_its_own_random()
    {
        Assert.Equal(System.Security.Cryptography.SHA256.HashData("HelloRetryRequest"u8), HelloRetryRequest.Random.ToArray());
        AssertHex(
            "02000035 0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 0109 1302 00 000c 002b00020304 003300020017",
            HelloRetryRequest.Encode([9], CipherSuite.TLS_AES_256_GCM_SHA384, NamedGroup.Secp256r1).Encoded.Span);
    }

    [Fact]
    public void Encrypted_extensions_hold_what_was_agreed_and_no_more()
    {
        AssertHex("08000002 0000", EncryptedExtensions.Encode(null, false, false).Encoded.Span);
        AssertHex("08000015 0013 00000000 0010 0005 0003 02 6832 001c 0002 4001", EncryptedExtensions.Encode("h2", true, true).Encoded.Span);
    }

    [Fact]
    public void Certificates_have_three_byte_lengths_and_in_tls_1_3_extensions()
    {
        ReadOnlyMemory<byte>[] chain = [new byte[] { 1, 2, 3 }, new byte[] { 4 }];
        AssertHex("0b00000d 00000a 000003 010203 000001 04", CertificateMessage.Encode12(chain).Encoded.Span);
        AssertHex("0b000012 00 00000e 000003 010203 0000 000001 04 0000", CertificateMessage.Encode13(chain).Encoded.Span);
    }

    [Fact]
    public void The_server_hello_of_tls_1_2_answers_only_what_was_asked()
    {
        // To a client that knows of no extensions not even the length of none: two bytes too many are a malformed message to it.
        AssertHex($"02000026 0303 {RandomHex} 00 c02f 00", ServerHello12.Encode(Random, [], CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, new()).Encoded.Span);
        var all = new ServerHello12Extensions { ServerName = true, SecureRenegotiation = true, EcPointFormats = true, ExtendedMasterSecret = true, ApplicationProtocol = "h2", RecordSizeLimit = true };
        AssertHex(
            $"0200004a 0303 {RandomHex} 00 c02b 00 0022 00000000 ff01000100 000b00020100 00170000 0010000500030268 32 001c00024000",
            ServerHello12.Encode(Random, [], CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, all).Encoded.Span);
    }

    [Fact]
    public void Signed_messages_carry_scheme_and_signature()
    {
        AssertHex("0f000006 0804 0002 beef", CertificateVerify.Encode(SignatureScheme.RsaPssRsaeSha256, [0xBE, 0xEF]).Encoded.Span);
        AssertHex("0c00000a 03001d 01 77 0403 0001 88", ServerKeyExchange.Encode(ServerEcdhParameters.Encode(NamedGroup.X25519, [0x77]), SignatureScheme.EcdsaSecp256r1Sha256, [0x88]).Encoded.Span);
    }

    [Fact]
    public void Parameters_are_read_back_strictly()
    {
        var encoded = ServerEcdhParameters.Encode(NamedGroup.Secp256r1, [4, .. new byte[64]]);
        Assert.True(ServerEcdhParameters.TryParse(encoded, out var group, out var value));
        Assert.Equal(NamedGroup.Secp256r1, group);
        Assert.Equal(65, value.Length);
        for (var length = 0; length < encoded.Length; length++)
            Assert.False(ServerEcdhParameters.TryParse(encoded.AsSpan(0, length), out _, out _));
        Assert.False(ServerEcdhParameters.TryParse([.. encoded, 0], out _, out _));
        Assert.False(ServerEcdhParameters.TryParse([1, .. encoded[1..]], out _, out _));
        Assert.False(ServerEcdhParameters.TryParse([.. encoded[..4], 6, .. encoded[5..]], out _, out _)); // hybrid form
        // Attack 4: what begins a TLS 1.3 CertificateVerify content must never read as parameters.
        Assert.False(ServerEcdhParameters.TryParse([.. Enumerable.Repeat((byte)0x20, 130)], out _, out _));
    }

    [Fact]
    public void Key_updates_are_zero_or_one()
    {
        AssertHex("18000001 00", KeyUpdate.Encode(false).Encoded.Span);
        Assert.True(KeyUpdate.Parse(KeyUpdate.Encode(true)));
        Assert.False(KeyUpdate.Parse(KeyUpdate.Encode(false)));
        AssertAlert(AlertDescription.IllegalParameter, () => KeyUpdate.Parse(HandshakeMessage.Encode(HandshakeType.KeyUpdate, [2])));
        AssertAlert(AlertDescription.DecodeError, () => KeyUpdate.Parse(HandshakeMessage.Encode(HandshakeType.KeyUpdate, [])));
        AssertAlert(AlertDescription.DecodeError, () => KeyUpdate.Parse(HandshakeMessage.Encode(HandshakeType.KeyUpdate, [0, 0])));
    }

    [Fact]
    public void Client_key_exchanges_are_exactly_as_long_as_they_say()
    {
        Assert.Equal(new byte[] { 7 }, ClientKeyExchange.ParseEcdh(Message(1, 7)).ToArray());
        Assert.Equal(new byte[] { 7 }, ClientKeyExchange.ParseRsa(Message(0, 1, 7)).ToArray());
        Assert.Equal(0, ClientKeyExchange.ParseRsa(Message(0, 0)).Length);
        foreach (var body in (byte[][])[[], [0], [2, 7], [1, 7, 7]])
            AssertAlert(AlertDescription.DecodeError, () => ClientKeyExchange.ParseEcdh(Message(body)));
        foreach (var body in (byte[][])[[], [0], [0, 2, 7], [0, 1, 7, 7]])
            AssertAlert(AlertDescription.DecodeError, () => ClientKeyExchange.ParseRsa(Message(body)));
        static HandshakeMessage Message(params byte[] body) => HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, body);
    }

    [Fact]
    public void A_finished_of_another_size_is_a_decode_error()
    {
        Assert.Equal(12, Finished.Parse(Finished.Encode(new byte[12]), 12).Length);
        AssertAlert(AlertDescription.DecodeError, () => Finished.Parse(Finished.Encode(new byte[11]), 12));
        AssertAlert(AlertDescription.UnexpectedMessage, () => Finished.Parse(KeyUpdate.Encode(true), 12));
    }

    private static void AssertHex(string expected, ReadOnlySpan<byte> actual) =>
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(actual));

    private static void AssertAlert(AlertDescription alert, Action action) => Assert.Equal(alert, Assert.Throws<PeerMisbehavedException>(action).Alert);
}
