using System.Buffers;
using Latchkey.Wire.Operations;

namespace Latchkey.Wire.Tests;

/// <summary>Latchkey's own operations: what is written is read back, and every field that is missing or of a wrong size is refused.</summary>
[Trait("Catalogue", "X4")]
public sealed class OperationTests
{
    [Fact]
    public void Random_ServerKeyExchange_requests_are_read_back()
    {
        var random = new Random(41);
        for (var round = 0; round < 500; round++)
        {
            byte[] clientRandom = Fill(random, 32), nonce = Fill(random, 32), parameters = Fill(random, random.Next(1, 2049));
            var scheme = (ushort)random.Next(1, 0x10000);
            var sentinel = (byte)random.Next(0, 2);
            var items = new OutgoingItems();
            new SignServerKeyExchangeItems { Scheme = scheme, ClientRandom = clientRandom, ServerNonce = nonce, Sentinel = sentinel, Parameters = parameters }.AddTo(ref items);
            var message = Sent(items);

            Assert.True(SignServerKeyExchangeItems.TryRead(message.Items, out var read));
            Assert.Equal(Opcode.SignServerKeyExchange, message.Opcode);
            Assert.Equal((scheme, sentinel), (read.Scheme, read.Sentinel));
            Assert.Equal(clientRandom, read.ClientRandom.ToArray());
            Assert.Equal(nonce, read.ServerNonce.ToArray());
            Assert.Equal(parameters, read.Parameters.ToArray());
        }
    }

    [Theory]
    [InlineData(32)]
    [InlineData(48)]
    public void A_CertificateVerify_request_is_read_back(int hashLength)
    {
        var hash = Bytes.Counting(hashLength);
        var items = new OutgoingItems();
        new SignCertificateVerifyItems { Scheme = 0x0804, Context = 0, TranscriptHash = hash }.AddTo(ref items);
        var message = Sent(items);

        Assert.True(SignCertificateVerifyItems.TryRead(message.Items, out var read));
        Assert.Equal(Opcode.SignCertificateVerify, message.Opcode);
        Assert.Equal(0x0804, read.Scheme);
        Assert.Equal(hash, read.TranscriptHash.ToArray());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [Trait("Catalogue", "K4")]
    public void A_master_secret_request_is_read_back(byte prfHash)
    {
        byte[] premaster = Bytes.Counting(256), clientRandom = Bytes.Counting(32, 7), nonce = Bytes.Counting(32, 9);
        var items = new OutgoingItems();
        new DeriveRsaMasterSecretItems
        {
            EncryptedPremaster = premaster, ClientVersion = 0x0303, ClientRandom = clientRandom, ServerNonce = nonce, Sentinel = 1,
            PrfHash = prfHash,
        }.AddTo(ref items);
        var message = Sent(items);

        Assert.True(DeriveRsaMasterSecretItems.TryRead(message.Items, out var read));
        Assert.Equal(Opcode.DeriveRsaMasterSecret, message.Opcode);
        Assert.Equal((0x0303, 1, prfHash), (read.ClientVersion, read.Sentinel, read.PrfHash));
        Assert.Equal(premaster, read.EncryptedPremaster.ToArray());
        Assert.Equal(clientRandom, read.ClientRandom.ToArray());
        Assert.Equal(nonce, read.ServerNonce.ToArray());
    }

    [Theory]
    [InlineData("430020 01*32 440020 02*32 450001 00 460001 aa", "no scheme")]
    [InlineData("42000104 430020 01*32 440020 02*32 45000100 460001aa", "a scheme of one byte")]
    [InlineData("4200020403 43001f 01*31 440020 02*32 45000100 460001aa", "a client random of 31 bytes")]
    [InlineData("4200020403 430020 01*32 440021 02*33 45000100 460001aa", "a nonce of 33 bytes")]
    [InlineData("4200020403 430020 01*32 45000100 460001aa", "no nonce")]
    [InlineData("4200020403 430020 01*32 440020 02*32 45000102 460001aa", "an unknown sentinel")]
    [InlineData("4200020403 430020 01*32 440020 02*32 460001aa", "no sentinel")]
    [InlineData("4200020403 430020 01*32 440020 02*32 45000100", "no parameters")]
    [InlineData("4200020403 430020 01*32 440020 02*32 45000100 460808 aa*2056", "parameters too long")]
    [InlineData("4200020403 430020 01*32 430020 01*32 440020 02*32 45000100 460001aa", "the client random twice")]
    public void A_ServerKeyExchange_request_is_refused_for(string body, string why)
    {
        Assert.True(KeylessItems.TryRead(Bytes.Of(body), out var items));
        Assert.False(SignServerKeyExchangeItems.TryRead(items, out _), why);
    }

    [Theory]
    [InlineData("47000100 480020 01*32", "no scheme")]
    [InlineData("4200020403 480020 01*32", "no context")]
    [InlineData("4200020403 47000101 480020 01*32", "the client's context")]
    [InlineData("4200020403 47000100 480014 01*20", "a hash of 20 bytes")]
    [InlineData("4200020403 47000100", "no hash")]
    [InlineData("4200020403 47000100 480020 01*32 480020 01*32", "the hash twice")]
    public void A_CertificateVerify_request_is_refused_for(string body, string why)
    {
        Assert.True(KeylessItems.TryRead(Bytes.Of(body), out var items));
        Assert.False(SignCertificateVerifyItems.TryRead(items, out _), why);
    }

    [Theory]
    [InlineData("490801 01*2049 4a00020303 430020 01*32 440020 02*32 45000100 4c000104", "a ciphertext of 2,049 bytes")]
    [InlineData("490001aa 4a000103 430020 01*32 440020 02*32 45000100 4c000104", "a version of one byte")]
    [InlineData("490001aa 4a00020303 430020 01*32 440020 02*32 45000100", "no PRF hash")]
    [InlineData("490001aa 4a00020303 430020 01*32 440020 02*32 45000100 4c000102", "PRF with SHA-1")]
    [InlineData("490001aa 4a00020303 430020 01*32 440020 02*32 45000100 4c000104 4b0020 03*32", "a session hash of the edge's making")]
    [InlineData("490001aa 4a00020303 440020 02*32 45000100 4c000104", "no client random")]
    public void A_master_secret_request_is_refused_for(string body, string why)
    {
        Assert.True(KeylessItems.TryRead(Bytes.Of(body), out var items));
        Assert.False(DeriveRsaMasterSecretItems.TryRead(items, out _), why);
    }

    [Fact]
    public void Capabilities_are_read_back_and_may_grow()
    {
        var written = new PeerCapabilities(1, PeerFeatures.SignCertificateVerify | PeerFeatures.RawOperations).Write(new byte[6]).ToArray();

        Assert.Equal(Bytes.Of("0001 0000000a"), written);
        Assert.True(PeerCapabilities.TryRead([.. written, 1, 2, 3], out var read));
        Assert.Equal(new PeerCapabilities(1, PeerFeatures.SignCertificateVerify | PeerFeatures.RawOperations), read);
        Assert.False(PeerCapabilities.TryRead(written.AsSpan(0, 5), out _));
        Assert.False(PeerCapabilities.TryRead(new byte[6], out _));
    }

    [Theory]
    [InlineData(KeylessError.Overloaded)]
    [InlineData(KeylessError.Timeout)]
    [InlineData(KeylessError.ShuttingDown)]
    public void Own_errors_go_to_negotiated_peers_only(KeylessError error)
    {
        Assert.Equal(error, error.For(negotiated: true));
        Assert.Equal(KeylessError.Internal, error.For(negotiated: false));
        Assert.Equal(KeylessError.KeyNotFound, KeylessError.KeyNotFound.For(negotiated: false));
    }

    private static byte[] Fill(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static KeylessMessage Sent(in OutgoingItems items)
    {
        var output = new ArrayBufferWriter<byte>();
        KeylessEncoder.Write(output, 1, items);
        var buffer = new ReadOnlySequence<byte>(output.WrittenMemory);
        Assert.Equal(FrameStatus.Complete, KeylessFrame.TryRead(ref buffer, out var frame));
        var message = new KeylessMessage();
        Assert.True(message.TryRead(frame));
        return message;
    }
}
