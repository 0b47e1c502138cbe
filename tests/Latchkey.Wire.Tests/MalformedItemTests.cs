namespace Latchkey.Wire.Tests;

/// <summary>What is malformed and what is not, exactly as the deployed server sees it.</summary>
[Trait("Catalogue", "X3")]
public sealed class MalformedItemTests
{
    [Theory]
    [InlineData("110000", "an opcode of no byte")]
    [InlineData("1100020101", "an opcode of two bytes")]
    [InlineData("03000101", "a client IP of one byte")]
    [InlineData("030000", "an empty client IP")]
    [InlineData("030005 0102030405", "a client IP of five bytes")]
    [InlineData("050011 00*17", "a server IP of seventeen bytes")]
    [InlineData("120005 01020304", "an item longer than the body")]
    [InlineData("12ffff", "an item of the largest length without a byte")]
    [InlineData("110001f1 200400 00*1023", "padding longer than the body")]
    [InlineData("110001f1 110001f1", "the opcode twice")]
    [InlineData("120000 120000", "an empty payload twice")]
    [InlineData("040001aa 040014 01*20", "an SKI of a length that is ignored, then an SKI")]
    [InlineData("200000 200000", "padding twice")]
    [InlineData("aa000100 aa0003 0102", "an unknown item longer than the body")]
    public void Is_malformed(string body, string why)
    {
        Assert.False(KeylessItems.TryRead(Bytes.Of(body), out _), why);
        var message = new KeylessMessage();
        Assert.False(message.TryRead(1, Bytes.Of(body)), why);
        Assert.Equal(Opcode.None, message.Opcode);
    }

    [Theory]
    [InlineData("", "nothing at all")]
    [InlineData("110001f1 00", "one stray byte")]
    [InlineData("110001f1 1100", "two stray bytes")]
    [InlineData("200000 110001f1", "padding first")]
    [InlineData("120000 110001f1 030004 01020304 050010 00*16", "any order")]
    [InlineData("110001f1 990001aa 990001bb ee0000 ee0000 070000 070000 180000 180000 3f0000 3f0000", "unknown items, repeated")]
    [InlineData("400000 400000 4d0001ff 4d0001ff", "to a foreign peer Latchkey's items are unknown ones")]
    [InlineData("170000 060000 130000 140000 150000 160000 020000 010000 040000", "empty items")]
    public void Is_well_formed(string body, string why) => Assert.True(KeylessItems.TryRead(Bytes.Of(body), out _), why);

    [Fact]
    public void A_digest_or_ski_of_another_length_is_ignored_and_a_zero_ski_is_unset()
    {
        Assert.True(KeylessItems.TryRead(Bytes.Of("010014 01*20 040020 01*32"), out var otherLengths));
        Assert.True(otherLengths.CertificateDigest.IsEmpty);
        Assert.True(otherLengths.SubjectKeyIdentifier.IsEmpty);

        Assert.True(KeylessItems.TryRead(Bytes.Of("040014 00*20"), out var zero));
        Assert.True(zero.SubjectKeyIdentifier.IsEmpty);
        Assert.True(zero.Has(ItemTag.SubjectKeyIdentifier));

        Assert.True(KeylessItems.TryRead(Bytes.Of("010020 ab*32 040014 00*19 01"), out var right));
        Assert.Equal(32, right.CertificateDigest.Length);
        Assert.Equal(20, right.SubjectKeyIdentifier.Length);
    }

    [Fact]
    public void An_error_reply_that_is_not_one_byte_reads_as_internal()
    {
        Assert.True(KeylessItems.TryRead(Bytes.Of("110001ff"), out var none));
        Assert.True(KeylessItems.TryRead(Bytes.Of("110001ff 1200020203"), out var two));

        Assert.Equal(KeylessError.Internal, none.Error);
        Assert.Equal(KeylessError.Internal, two.Error);
    }

    [Fact]
    public void A_repeated_item_of_Latchkeys_own_is_told()
    {
        Assert.True(KeylessItems.TryRead(Bytes.Of("43000101 43000102"), out var items));

        Assert.True(items.HasRepeatedOwnItem);
        Assert.Equal([1], items.Value(ItemTag.ClientRandom).ToArray());
    }

    [Fact]
    public void No_body_of_random_bytes_throws_and_every_value_read_lies_inside_it()
    {
        var random = new Random(2407);
        var wellFormed = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var body = new byte[random.Next(0, 80)];
            random.NextBytes(body);
            for (var i = 1; i < body.Length; i += random.Next(1, 8))
                body[i] = (byte)random.Next(0, 3); // small lengths, so that some of them parse
            if (!KeylessItems.TryRead(body, out var items))
                continue;
            wellFormed++;
            for (var tag = 1; tag <= 0x4D; tag++)
            {
                if (tag is (>= 1 and <= 6) or (>= 0x11 and <= 0x17) or 0x20 or >= 0x40)
                    Assert.True(items.Value((ItemTag)tag).Length <= body.Length);
            }
        }
        Assert.InRange(wellFormed, 500, 49_500);
    }
}
