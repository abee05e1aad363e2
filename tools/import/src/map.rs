//! The file that says which user each customer is: CSV (RFC 4180) with the columns `user` and `customer`. Pure.

use std::collections::BTreeMap;
use std::fmt;

use csv_core::{ReadRecordResult, Reader};

use crate::customer::{CustomerId, is_user};

/// A line of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counted from 1.
    pub(crate) number: usize,
    pub(crate) user: String,
    pub(crate) customer: CustomerId,
}

/// A line that nothing can be done with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Counted from 1.
    pub(crate) number: usize,
    pub(crate) reason: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.reason)
    }
}

/// Reads the file. All bad lines are found at a time.
pub(crate) fn parse(text: &[u8]) -> Result<Vec<Line>, Vec<BadLine>> {
    // Spreadsheets write a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (mut lines, mut bad_lines) = (Vec::new(), Vec::new());
    let mut customers: BTreeMap<CustomerId, usize> = BTreeMap::new();
    let mut columns = Columns::UserFirst;
    for (index, record) in records(text).into_iter().enumerate() {
        let Record { number, fields } = record;
        let first = index == 0;
        if first && let Some(header) = Columns::header(&fields) {
            columns = header;
            continue;
        }
        match columns.read(&fields) {
            Ok((user, customer)) => {
                if let Some(earlier) = customers.insert(customer.clone(), number) {
                    let reason = format!("{customer} is on line {earlier} already");
                    bad_lines.push(BadLine { number, reason });
                }
                lines.push(Line {
                    number,
                    user,
                    customer,
                });
            }
            Err(reason) => bad_lines.push(BadLine {
                number,
                reason: reason.to_owned(),
            }),
        }
    }
    if bad_lines.is_empty() {
        Ok(lines)
    } else {
        Err(bad_lines)
    }
}

/// The order of the columns.
#[derive(Clone, Copy)]
enum Columns {
    UserFirst,
    CustomerFirst,
}

impl Columns {
    /// Reads a header; `None` if the fields are none.
    fn header(fields: &[Vec<u8>]) -> Option<Self> {
        let names: Vec<_> = fields
            .iter()
            .map(|field| field.trim_ascii().to_ascii_lowercase())
            .collect();
        match names.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
            [b"user", b"customer"] => Some(Self::UserFirst),
            [b"customer", b"user"] => Some(Self::CustomerFirst),
            _ => None,
        }
    }

    fn read(self, fields: &[Vec<u8>]) -> Result<(String, CustomerId), &'static str> {
        let ((Self::UserFirst, [user, customer]) | (Self::CustomerFirst, [customer, user])) =
            (self, fields)
        else {
            return Err("there must be two fields, user and customer");
        };
        let not_utf8 = "it is not UTF-8";
        let user = str::from_utf8(user).map_err(|_| not_utf8)?;
        let customer = str::from_utf8(customer).map_err(|_| not_utf8)?;
        if user.trim() != user {
            return Err("the user begins or ends with a blank");
        }
        if !is_user(user) {
            return Err("a user has 1 to 255 bytes and no control characters");
        }
        let customer = CustomerId::parse(customer.trim())
            .ok_or("the customer is no identifier of the form cus_…")?;
        Ok((user.to_owned(), customer))
    }
}

struct Record {
    /// The line that it begins on.
    number: usize,
    fields: Vec<Vec<u8>>,
}

/// The records of a CSV file. Empty lines are none.
fn records(mut rest: &[u8]) -> Vec<Record> {
    let mut reader = Reader::new();
    let mut records = Vec::new();
    let mut number = 1;
    // A field is never longer than what it is read from, and has a byte at least or a comma.
    let mut output = vec![0; rest.len() + 1];
    let mut ends = vec![0; rest.len() + 1];
    loop {
        // The reader passes over these by itself, and would count them to the record.
        while let Some((b'\r' | b'\n', after)) =
            rest.split_first().map(|(byte, after)| (*byte, after))
        {
            number += usize::from(rest.first() == Some(&b'\n'));
            rest = after;
        }
        if rest.is_empty() {
            return records;
        }
        let (mut read, mut written, mut ended) = (0, 0, 0);
        // The end of the input, which is empty, ends the last record.
        loop {
            let (result, more_read, more_written, more_ended) = reader.read_record(
                rest.get(read..).unwrap_or_default(),
                output.get_mut(written..).unwrap_or_default(),
                ends.get_mut(ended..).unwrap_or_default(),
            );
            read += more_read;
            written += more_written;
            ended += more_ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record
                | ReadRecordResult::End
                // There is room for all of the input.
                | ReadRecordResult::OutputFull
                | ReadRecordResult::OutputEndsFull => break,
            }
        }
        let mut begin = 0;
        let fields = ends.iter().take(ended).map(|&end| {
            let field = output.get(begin..end).unwrap_or_default().to_vec();
            begin = end;
            field
        });
        records.push(Record {
            number,
            fields: fields.collect(),
        });
        let (record, after) = rest.split_at(read);
        number += record.split(|byte| *byte == b'\n').count() - 1;
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::{BadLine, parse};

    /// Number, user and customer of each line.
    fn lines(text: &str) -> Vec<(usize, String, String)> {
        let lines = parse(text.as_bytes()).unwrap();
        lines
            .into_iter()
            .map(|line| (line.number, line.user, line.customer.to_string()))
            .collect()
    }

    fn line(number: usize, user: &str, customer: &str) -> (usize, String, String) {
        (number, user.to_owned(), customer.to_owned())
    }

    #[test]
    fn a_header_is_optional_and_chooses_the_order() {
        let expected = [line(1, "user-1", "cus_1"), line(2, "user-2", "cus_2")];
        assert_eq!(lines("user-1,cus_1\nuser-2,cus_2\n"), expected);
        let expected = [line(2, "user-1", "cus_1"), line(3, "user-2", "cus_2")];
        assert_eq!(lines("user,customer\nuser-1,cus_1\nuser-2,cus_2"), expected);
        assert_eq!(
            lines("Customer, User\r\ncus_1,user-1\r\ncus_2,user-2\r\n"),
            expected
        );
        assert_eq!(
            lines("\u{feff}user,customer\nuser-1,cus_1\nuser-2,cus_2\n"),
            expected
        );
        assert_eq!(lines(""), []);
        assert_eq!(lines("user,customer\n"), []);
    }

    #[test]
    fn users_may_have_commas_and_quotation_marks_as_csv_writes_them() {
        let expected = [line(1, "a,b", "cus_1"), line(4, "say \"a\"", "cus_2")];
        assert_eq!(
            lines("\"a,b\",cus_1\n\n\r\n\"say \"\"a\"\"\",cus_2"),
            expected
        );
    }

    #[test]
    fn each_bad_line_is_reported_by_its_number() {
        let text = "user,customer\n\
                    user-1,cus_1\n\
                    user-2\n\
                    \n\
                    user-3,sub_3\n\
                    ,cus_4\n\
                    user-5,cus_1\n\
                    user-6,cus_6,more\n\
                    \"two\nlines\",cus_7\n\
                    user,customer\n\
                    \u{a0}user-8,cus_8\n";
        let bad = parse(text.as_bytes()).unwrap_err();
        let numbers: Vec<_> = bad.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [3, 5, 6, 7, 8, 9, 11, 12]);
        let repeated = BadLine {
            number: 7,
            reason: "cus_1 is on line 2 already".to_owned(),
        };
        assert!(bad.contains(&repeated), "{bad:?}");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_a_bad_line() {
        let bad = parse(b"user-1,cus_1\nuser-\xff,cus_2\n").unwrap_err();
        assert_eq!(bad.iter().map(|line| line.number).collect::<Vec<_>>(), [2]);
    }
}
