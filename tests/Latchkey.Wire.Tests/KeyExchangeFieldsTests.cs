using Latchkey.Wire.Operations;

namespace Latchkey.Wire.Tests;

/// <summary>The fields of operations 44 to 46 byte for byte, and nothing thrown for any bytes in their place.</summary>
public sealed class KeyExchangeFieldsTests
{
    private const string Random = "01*32";
    private const string Nonce = "02*32";

    [Fact]
    [Trait("Catalogue", "K3")]
    public void An_offer_is_written_as_documented_and_read_back()
    {
        var written = Written((ref fields) => new OfferKeyExchangeRequest
        {
            Group = 0x001D, Scheme = 0x0403, ClientRandom = Bytes.Of(Random), ServerNonce = Bytes.Of(Nonce), Sentinel = 1, HandsOver = true,
        }.Write(ref fields));

        Assert.Equal(Bytes.Of($"001d 0403 {Random} {Nonce} 01 01"), written);
        Assert.True(OfferKeyExchangeRequest.TryRead(written, out var read));
        Assert.Equal((0x001D, 0x0403, 1, true), (read.Group, read.Scheme, read.Sentinel, read.HandsOver));
        Assert.Equal(Bytes.Of(Random), read.ClientRandom.ToArray());
        Assert.Equal(Bytes.Of(Nonce), read.ServerNonce.ToArray());
    }

    [Fact]
    [Trait("Catalogue", "K3")]
    public void The_answer_to_an_offer_is_written_as_documented_and_read_back()
    {
        var written = Written((ref fields) => new OfferKeyExchangeReply { Parameters = [1, 2], Signature = [3], State = [4, 5, 6] }.Write(ref fields));

        Assert.Equal(Bytes.Of("0002 0102 0001 03 0003 040506"), written);
        Assert.True(OfferKeyExchangeReply.TryRead(written, out var read));
        Assert.Equal([1, 2], read.Parameters.ToArray());
        Assert.Equal([3], read.Signature.ToArray());
        Assert.Equal([4, 5, 6], read.State.ToArray());
    }

    [Fact]
    [Trait("Catalogue", "K3c")]
    public void An_agreement_is_written_as_documented_and_read_back()
    {
        var written = Written((ref fields) => new AgreeKeyExchangeRequest
        {
            Level = KeyExchangeLevel.SessionKeys, Suite = 0xC02B, ClientRandom = Bytes.Of(Random), ServerNonce = Bytes.Of(Nonce), Sentinel = 0,
            State = [0xAA], ClientValue = [0xBB, 0xBC], Messages = [0xCC], Session = [0xDD], SessionIdentifier = Bytes.Of("03*32"),
        }.Write(ref fields));

        Assert.Equal(Bytes.Of($"03 c02b {Random} {Nonce} 00 0001 aa 0002 bbbc 0001 cc 0001 dd 20 03*32"), written);
        Assert.True(AgreeKeyExchangeRequest.TryRead(written, out var read));
        Assert.Equal((KeyExchangeLevel.SessionKeys, 0xC02B, 0, false), (read.Level, read.Suite, read.Sentinel, read.IsRsa));
        Assert.Equal([0xAA], read.State.ToArray());
        Assert.Equal([0xBB, 0xBC], read.ClientValue.ToArray());
        Assert.Equal([0xCC], read.Messages.ToArray());
        Assert.Equal([0xDD], read.Session.ToArray());
        Assert.Equal(Bytes.Of("03*32"), read.SessionIdentifier.ToArray());
    }

    [Theory]
    [InlineData("00 c02b 01*32 02*32 00 0001aa 0001bb 0000 0000 00", "no such level")]
    [InlineData("04 c02b 01*32 02*32 00 0001aa 0001bb 0000 0000 00", "no such level")]
    [InlineData("01 c02b 01*32 02*32 02 0001aa 0001bb 0000 0000 00", "an unknown sentinel")]
    [InlineData("01 c02b 01*32 02*32 00 0000 0001bb 0000 0000 00", "the premaster of an RSA key exchange")]
    [InlineData("01 c02b 01*32 02*32 00 0001aa 0001bb 0001cc 0000 00", "messages for a premaster")]
    [InlineData("01 c02b 01*32 02*32 00 0001aa 0001bb 0000 0001dd 00", "a session without the master secret")]
    [InlineData("02 c02b 01*32 02*32 00 0001aa 0001bb 0000 0000 00", "no messages for a master secret")]
    [InlineData("02 c02b 01*32 02*32 00 0001aa 0001bb 0001cc 0001dd 20 03*32", "an identifier for a session that the edge keeps")]
    [InlineData("03 c02b 01*32 02*32 00 0001aa 0001bb 0001cc 0000 20 03*32", "an identifier without a session")]
    [InlineData("03 c02b 01*32 02*32 00 0001aa 0001bb 0001cc 0001dd 1f 03*31", "an identifier of 31 bytes")]
    [InlineData("03 c02b 01*32 02*32 00 0001aa 0801 bb*2049 0001cc 0000 00", "a ciphertext of 2,049 bytes")]
    [InlineData("03 c02b 01*32 02*32 00 0001aa 0001bb 0001cc 0000 00 00", "a byte too many")]
    public void An_agreement_is_refused_for(string payload, string why) => Assert.False(AgreeKeyExchangeRequest.TryRead(Bytes.Of(payload), out _), why);

    [Theory]
    [InlineData("001d 0403 01*32 02*32 02 00", "an unknown sentinel")]
    [InlineData("001d 0403 01*32 02*32 00 02", "neither sealed nor handed over")]
    [InlineData("001d 0403 01*32 02*32 00", "a byte too few")]
    public void An_offer_is_refused_for(string payload, string why) => Assert.False(OfferKeyExchangeRequest.TryRead(Bytes.Of(payload), out _), why);

    [Theory]
    [InlineData("0001aa 20 03*32 02*32 00 00 0001bb 0001cc", "both ticket and identifier")]
    [InlineData("0000 00 02*32 00 00 0001bb 0001cc", "neither ticket nor identifier")]
    [InlineData("0000 10 03*16 02*32 00 00 0001bb 0001cc", "an identifier of 16 bytes")]
    [InlineData("0001aa 00 02*32 02 00 0001bb 0001cc", "an unknown sentinel")]
    [InlineData("0001aa 00 02*32 00 02 0001bb 0001cc", "an unknown wish for a ticket")]
    public void A_resumption_is_refused_for(string payload, string why) => Assert.False(ResumeTls12Request.TryRead(Bytes.Of(payload), out _), why);

    [Fact]
    [Trait("Catalogue", "R4")]
    public void A_resumption_and_its_answer_are_written_as_documented_and_read_back()
    {
        var request = Written((ref fields) => new ResumeTls12Request
        {
            Ticket = [0xAA], SessionIdentifier = [], ServerNonce = Bytes.Of(Nonce), Sentinel = 1, Renews = true, ClientHello = [0xBB], ServerHello = [0xCC],
        }.Write(ref fields));
        var reply = Written((ref fields) => new ResumeTls12Reply
        {
            Session = [0xDD],
            Keys = new SessionKeysReply { KeyBlock = [1, 2], ClientVerifyData = Bytes.Of("0c*12"), ServerVerifyData = Bytes.Of("05*12"), Ticket = [0xEE] },
        }.Write(ref fields));

        Assert.Equal(Bytes.Of($"0001aa 00 {Nonce} 01 01 0001bb 0001cc"), request);
        Assert.True(ResumeTls12Request.TryRead(request, out var read));
        Assert.True(read.Renews);
        Assert.Equal(Bytes.Of("0001dd 02 0102 0c*12 05*12 0001ee"), reply);
        Assert.True(ResumeTls12Reply.TryRead(reply, out var answer));
        Assert.Equal([0xDD], answer.Session.ToArray());
        Assert.Equal([1, 2], answer.Keys.KeyBlock.ToArray());
        Assert.Equal(Bytes.Of("05*12"), answer.Keys.ServerVerifyData.ToArray());
        Assert.Equal([0xEE], answer.Keys.Ticket.ToArray());
        Assert.True(SessionKeysReply.TryRead(reply.AsSpan(3), out _));
    }

    [Fact]
    [Trait("Catalogue", "R7")]
    public void A_master_secret_is_48_bytes_and_the_sessions_state_what_follows()
    {
        Assert.True(MasterSecretReply.TryRead(Bytes.Of("01*48"), out var alone));
        Assert.True(alone.Session.IsEmpty);
        Assert.True(MasterSecretReply.TryRead(Bytes.Of("01*48 0203"), out var both));
        Assert.Equal([2, 3], both.Session.ToArray());
        Assert.False(MasterSecretReply.TryRead(Bytes.Of("01*47"), out _));
    }

    [Fact]
    public void No_bytes_whatever_throw()
    {
        var random = new Random(44);
        byte[][] wellFormed =
        [
            Bytes.Of($"001d 0403 {Random} {Nonce} 01 01"), Bytes.Of("0002 0102 0001 03 0003 040506"),
            Bytes.Of($"03 c02b {Random} {Nonce} 00 0001 aa 0002 bbbc 0001 cc 0001 dd 20 03*32"), Bytes.Of($"0001aa 00 {Nonce} 01 01 0001bb 0001cc"),
            Bytes.Of("0001dd 02 0102 0c*12 05*12 0001ee"),
        ];
        foreach (var sample in wellFormed)
        {
            for (var length = 0; length < sample.Length; length++)
                ReadAll(sample.AsSpan(0, length));
            for (var round = 0; round < 2_000; round++)
            {
                byte[] spoilt = [.. sample];
                for (var i = random.Next(1, 4); i > 0; i--)
                    spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
                ReadAll(spoilt);
            }
        }
    }

    private static void ReadAll(ReadOnlySpan<byte> payload)
    {
        OfferKeyExchangeRequest.TryRead(payload, out _);
        OfferKeyExchangeReply.TryRead(payload, out _);
        AgreeKeyExchangeRequest.TryRead(payload, out _);
        MasterSecretReply.TryRead(payload, out _);
        SessionKeysReply.TryRead(payload, out _);
        ResumeTls12Request.TryRead(payload, out _);
        ResumeTls12Reply.TryRead(payload, out _);
    }

    private static byte[] Written(Write write)
    {
        var fields = new FieldWriter(8);
        write(ref fields);
        return fields.Written.ToArray();
    }

    private delegate void Write(ref FieldWriter fields);
}
